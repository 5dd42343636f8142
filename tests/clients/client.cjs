// What the drivers of the clients for Node have in common: one scene against a sandbox, its replies as JSON.
// (tests/sandbox/test_clients.py)
'use strict';

/**
 * Play the scene that the command line names, and print what it returns. A client is made for it by
 * `made(url, appid, secret)`.
 */
exports.play = async (name, made, scenes) => {
  const [url, appid, secret, scene] = process.argv.slice(2);
  const replies = await scenes[scene](made(url, appid, secret));
  const { version } = require(`${name}/package.json`);
  process.stdout.write(JSON.stringify({ client: `${name} ${version}`, replies }));
};
