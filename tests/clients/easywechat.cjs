// node-easywechat 3 drives a sandbox, and the replies are printed (tests/sandbox/test_clients.py).
//
// It has no method for each call, but a client that puts the token to whatever call is named. Its address is
// a setting, and so is the folder where it keeps its tokens.
'use strict';

const { MiniApp, OfficialAccount } = require('node-easywechat');
const { play } = require('./client.cjs');

const WXOPEN = 'cgi-bin/wxopen/template';
const NEWTMPL = 'wxaapi/newtmpl';
const OFFICIAL = 'cgi-bin/template';

/** Both of its applications that have templates; only the mini program takes stable tokens here. */
const made = (url, appid, secret) => {
  const config = { app_id: appid, secret, http: { baseURL: `${url}/`, timeout: 20000 }, file_cache: { path: './' } };
  const mini = new MiniApp({ ...config, use_stable_access_token: true });
  return { mini, official: new OfficialAccount(config) };
};

/** The ways to call, each giving the reply as an object. */
const calls = (app) => {
  const client = app.getClient();
  return {
    get: async (path, params) => (await client.get(path, { params })).toObject(),
    post: async (path, body) => (await client.postJson(path, body)).toObject(),
    form: async (path, data) => {
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
      return (await client.post(path, { data, headers })).toObject();
    },
  };
};

const wxopen = async ({ mini }) => {
  const { post } = calls(mini);
  const titles = await post(`/${WXOPEN}/library/list`, { offset: '0', count: '2' });
  const title = await post(`${WXOPEN}/library/get`, { id: 'AT0002' });
  const ids = Object.fromEntries(title.keyword_list.map((one) => [one.name, one.keyword_id]));
  const added = [];
  for (const names of [['购买地点', '购买时间'], ['购买时间', '购买地点']]) {
    const body = { id: 'AT0002', keyword_id_list: names.map((name) => ids[name]) };
    added.push((await post(`${WXOPEN}/add`, body)).template_id);
  }
  const [kept, gone] = added;
  const listed = await post(`${WXOPEN}/list`, { offset: 0, count: 20 });
  const deleted = await post(`${WXOPEN}/del`, { template_id: gone });
  const sent = await post('cgi-bin/message/wxopen/template/send', {
    touser: 'oUser',
    template_id: kept,
    page: 'index?foo=bar',
    form_id: 'form1',
    data: { keyword1: { value: 'TIT造舰厂', color: '#173177' }, keyword2: { value: '10:00', color: '' } },
    emphasis_keyword: 'keyword1.DATA',
  });
  const left = await post(`${WXOPEN}/list`, { offset: 0, count: 20 });
  return { titles, title, added, listed: listed.list, deleted, sent, left: left.list };
};

/** One add is posted as JSON, the other as a form: both are taken of it. */
const subscribe = async ({ mini }) => {
  const { get, post, form } = calls(mini);
  const categories = await get(`/${NEWTMPL}/getcategory`);
  const titles = await get(`${NEWTMPL}/getpubtemplatetitles`, { ids: '616,668', start: 0, limit: 2 });
  const keywords = await get(`${NEWTMPL}/getpubtemplatekeywords`, { tid: 2 });
  const kept = await post(`${NEWTMPL}/addtemplate`, { tid: '2', kidList: [3, 4], sceneDesc: '支付' });
  const gone = await form(`${NEWTMPL}/addtemplate`, { tid: '2', kidList: [4, 3], sceneDesc: '支付' });
  const listed = await get(`${NEWTMPL}/gettemplate`);
  const deleted = await form(`${NEWTMPL}/deltemplate`, { priTmplId: gone.priTmplId });
  const sent = await post('cgi-bin/message/subscribe/send', {
    touser: 'oUser',
    template_id: kept.priTmplId,
    page: 'index?foo=bar',
    miniprogram_state: '',
    data: { thing3: { value: 'TIT造舰厂' }, time4: { value: '10:00' } },
  });
  return {
    categories: categories.data,
    titles,
    keywords: keywords.data,
    added: [kept.priTmplId, gone.priTmplId],
    listed: listed.data,
    deleted,
    sent,
    left: (await get(`${NEWTMPL}/gettemplate`)).data,
  };
};

const official = async ({ official: app }) => {
  const { get, post } = calls(app);
  const added = [];
  for (const names of [['购买时间', '购买地点'], ['购买地点', '购买时间']]) {
    const body = { template_id_short: '40002', keyword_name_list: names };
    added.push((await post(`${OFFICIAL}/api_add_template`, body)).template_id);
  }
  const [kept, gone] = added;
  const listed = await get(`${OFFICIAL}/get_all_private_template`);
  const deleted = await post(`${OFFICIAL}/del_private_template`, { template_id: gone });
  const sent = await post('cgi-bin/message/template/send', {
    touser: 'oUser',
    template_id: kept,
    url: 'https://example.com/',
    data: { first: { value: '你好' }, time3: { value: '10:00' }, thing2: { value: 'TIT造舰厂' } },
  });
  const left = await get(`${OFFICIAL}/get_all_private_template`);
  return { added, listed: listed.template_list, deleted, sent, left: left.template_list };
};

/** Two calls; the test sees to it that the second finds the token dead. A newer one is its user's to ask for. */
const tokens = async ({ official: app }) => {
  const { post } = calls(app);
  const list = () => post(`${WXOPEN}/list`, { offset: 0, count: 20 });
  const before = await list();
  const refused = await list();
  if (refused.errcode === 40001 || refused.errcode === 42001) await app.getAccessToken().refresh();
  return { before: before.list, after: (await list()).list };
};

/** A stable token is the same for whoever asks, until one asks for a newer one. */
const stable = async ({ mini }) => {
  const token = mini.getAccessToken();
  const asked = [await token.refresh(), await token.refresh()];
  return { same: asked[0] === asked[1], forced: (await token.getStableAccessToken(true)) !== asked[0] };
};

const refusals = async ({ mini }) => {
  const { post } = calls(mini);
  return {
    add: (await post(`${OFFICIAL}/api_add_template`, { template_id_short: '40002' })).errcode,
    del: (await post(`${WXOPEN}/del`, { template_id: 'x' })).errcode,
    send: (await post('cgi-bin/message/subscribe/send', { touser: 'oUser', template_id: 'x', data: {} })).errcode,
  };
};

/** The reply is in the text of its error. */
const credentials = async ({ official: app }) => {
  try {
    return { list: await calls(app).get(`${OFFICIAL}/get_all_private_template`) };
  } catch (error) {
    return { list: JSON.parse(error.message.replace(/^[^{]*/, '')).errcode };
  }
};

play('node-easywechat', made, { wxopen, subscribe, official, tokens, stable, refusals, credentials });
