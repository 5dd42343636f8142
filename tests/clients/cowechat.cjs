// co-wechat-api drives a sandbox with its own methods, and the replies are printed (tests/sandbox/test_clients.py).
//
// Its address is a field. It sends all three kinds of messages, but has the templates of service accounts
// only: the other calls are mixed in, as its documentation says to do with calls that it lacks.
'use strict';

const API = require('co-wechat-api');
const { play } = require('./client.cjs');

API.mixin({
  async getLacking(path, query) {
    const { accessToken } = await this.ensureAccessToken();
    const more = new URLSearchParams({ access_token: accessToken, ...query });
    return this.request(`${this.site}/${path}?${more}`, { method: 'GET' });
  },
  async postLacking(path, body) {
    const { accessToken } = await this.ensureAccessToken();
    const headers = { 'Content-Type': 'application/json' };
    const options = { method: 'POST', data: JSON.stringify(body), headers };
    return this.request(`${this.site}/${path}?access_token=${accessToken}`, options);
  },
});

const made = (url, appid, secret) => {
  const api = new API(appid, secret);
  api.site = url;
  api.prefix = `${url}/cgi-bin/`;
  api.setOpts({ timeout: 20000 }); // 3 seconds are short where many tests run at once
  return api;
};

/**
 * What was meant by a reply. It doubles each backslash before it parses, those of escapes too: of a line
 * break it makes the two characters `\n`, with the live API as here.
 */
const meant = (reply) => JSON.parse(JSON.stringify(reply).replaceAll('\\\\', '\\'));

const wxopen = async (api) => {
  const post = (call, body) => api.postLacking(`cgi-bin/wxopen/template/${call}`, body);
  const titles = await post('library/list', { offset: 0, count: 2 });
  const title = await post('library/get', { id: 'AT0002' });
  const ids = Object.fromEntries(title.keyword_list.map((one) => [one.name, one.keyword_id]));
  const added = [];
  for (const names of [['购买地点', '购买时间'], ['购买时间', '购买地点']]) {
    const body = { id: 'AT0002', keyword_id_list: names.map((name) => ids[name]) };
    added.push((await post('add', body)).template_id);
  }
  const [kept, gone] = added;
  const listed = await post('list', { offset: 0, count: 20 });
  const deleted = await post('del', { template_id: gone });
  const data = { keyword1: { value: 'TIT造舰厂', color: '#173177' }, keyword2: { value: '10:00' } };
  const sent = await api.sendMiniProgramTemplate(
    'oUser', kept, 'index?foo=bar', 'form1', data, '#173177', 'keyword1.DATA',
  );
  const left = await post('list', { offset: 0, count: 20 });
  return { titles, title, added, listed: meant(listed.list), deleted, sent, left: meant(left.list) };
};

const subscribe = async (api) => {
  const get = (call, query) => api.getLacking(`wxaapi/newtmpl/${call}`, query);
  const post = (call, body) => api.postLacking(`wxaapi/newtmpl/${call}`, body);
  const categories = await get('getcategory');
  const titles = await get('getpubtemplatetitles', { ids: '616,668', start: 0, limit: 2 });
  const keywords = await get('getpubtemplatekeywords', { tid: 2 });
  const kept = await post('addtemplate', { tid: '2', kidList: [3, 4], sceneDesc: '支付' });
  const gone = await post('addtemplate', { tid: '2', kidList: [4, 3], sceneDesc: '支付' });
  const listed = await get('gettemplate');
  const deleted = await post('deltemplate', { priTmplId: gone.priTmplId });
  const data = { thing3: { value: 'TIT造舰厂' }, time4: { value: '10:00' } };
  const sent = await api.sendSubscribeMessage('oUser', kept.priTmplId, 'index?foo=bar', data);
  return {
    categories: categories.data,
    titles,
    keywords: keywords.data,
    added: [kept.priTmplId, gone.priTmplId],
    listed: meant(listed.data),
    deleted,
    sent,
    left: meant((await get('gettemplate')).data),
  };
};

/** Its add names no keywords, as it was before they could be chosen: see `refusals`. */
const official = async (api) => {
  const added = [];
  for (const names of [['购买时间', '购买地点'], ['购买地点', '购买时间']]) {
    const body = { template_id_short: '40002', keyword_name_list: names };
    added.push((await api.postLacking('cgi-bin/template/api_add_template', body)).template_id);
  }
  const [kept, gone] = added;
  const listed = await api.getAllPrivateTemplate();
  const deleted = await api.delPrivateTemplate(gone);
  const data = { first: { value: '你好' }, time3: { value: '10:00' }, thing2: { value: 'TIT造舰厂' } };
  const sent = await api.sendTemplate('oUser', kept, 'https://example.com/', '#173177', data);
  const left = await api.getAllPrivateTemplate();
  return { added, listed: meant(listed.template_list), deleted, sent, left: meant(left.template_list) };
};

/** Two calls; the test sees to it that the second finds the token dead. */
const tokens = async (api) => {
  const list = () => api.postLacking('cgi-bin/wxopen/template/list', { offset: 0, count: 20 });
  return { before: (await list()).list, after: (await list()).list };
};

const refusals = async (api) => ({
  add: await refusal(api.addTemplate('40002')),
  del: await refusal(api.delPrivateTemplate('x')),
  send: await refusal(api.sendSubscribeMessage('oUser', 'x', '', {})),
});

const credentials = async (api) => ({ list: await refusal(api.getAllPrivateTemplate()) });

/** The code of a refusal, or the reply if there is none. */
const refusal = async (call) => {
  try {
    return { reply: await call };
  } catch (error) {
    if (error.name !== 'WeChatAPIError') throw error;
    return error.code;
  }
};

play('co-wechat-api', made, { wxopen, subscribe, official, tokens, refusals, credentials });
