// Loads a JavaScript handler and serves it over the AWS Lambda Runtime API (2018-06-01).
//
// Speaks HTTP/1.1 on one kept-alive connection. An answer and the request for the next call travel together, so a
// call costs one round trip.
'use strict';

const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const ROOT = '/2018-06-01/runtime/';
const env = process.env;

/** The handler cannot be loaded; the name is the one that AWS Lambda gives. */
class StartError extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

/** One connection to the runtime API. */
class Api {
  constructor(address) {
    const colon = address.lastIndexOf(':');
    this.address = address;
    this.unread = Buffer.alloc(0);
    this.waiting = [];
    this.socket = net.connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)), noDelay: true });
    this.socket.on('data', (data) => this.receive(data));
    // Whoever started us has closed the API: there is nothing left to do.
    this.socket.on('close', () => process.exit(0));
    this.socket.on('error', () => process.exit(0));
  }

  send(method, target, body = '', headers = '') {
    const content = Buffer.from(body);
    const head = `${method} ${ROOT}${target} HTTP/1.1\r\nHost: ${this.address}\r\nContent-Length: ${content.length}\r\n${headers}\r\n`;
    this.socket.write(Buffer.concat([Buffer.from(head, 'latin1'), content]));
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** The next call. */
  next() {
    return this.send('GET', 'invocation/next');
  }

  answerAndNext(target, body, headers) {
    this.socket.cork();
    this.send('POST', target, body, headers);
    const next = this.next();
    this.socket.uncork();
    return next;
  }

  receive(data) {
    if (this.partial) {
      this.partial.push(data);
      this.missing -= data.length;
      if (this.missing > 0) return;
      data = Buffer.concat(this.partial);
      this.partial = null;
    } else if (this.unread.length > 0) {
      data = Buffer.concat([this.unread, data]);
    }
    for (;;) {
      const end = data.indexOf('\r\n\r\n');
      if (end < 0) break;
      const headers = {};
      for (const line of data.toString('latin1', 0, end).split('\r\n').slice(1)) {
        const colon = line.indexOf(':');
        headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
      }
      const start = end + 4;
      const stop = start + Number(headers['content-length'] || 0);
      if (data.length < stop) {
        this.partial = [data];
        this.missing = stop - data.length;
        return;
      }
      this.waiting.shift()({ headers, body: data.toString('utf8', start, stop) });
      data = data.subarray(stop);
    }
    this.unread = data;
  }
}

/** The handler that `file.export` names, from a CommonJS or an ES module. */
async function load(name) {
  const directory = path.dirname(name);
  const base = path.basename(name);
  const dot = base.indexOf('.');
  if (dot < 1 || dot === base.length - 1) {
    throw new StartError('Runtime.MalformedHandlerName', `the handler '${name}' is not of the form 'module.function'`);
  }
  const moduleName = path.join(directory, base.slice(0, dot));
  const stem = path.resolve(env.LAMBDA_TASK_ROOT, moduleName);
  const file = ['.js', '.mjs', '.cjs', '/index.js', '/index.mjs'].map((end) => stem + end).find((file) => fs.existsSync(file));
  if (file === undefined) {
    throw new StartError('Runtime.ImportModuleError', `Cannot find module '${moduleName}' (.js, .mjs or .cjs) in ${env.LAMBDA_TASK_ROOT}`);
  }
  let exported;
  try {
    exported = await import(pathToFileURL(file).href);
  } catch (error) {
    if (error instanceof SyntaxError) throw Object.assign(error, { name: 'Runtime.UserCodeSyntaxError' });
    if (error && ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(error.code)) {
      throw Object.assign(error, { name: 'Runtime.ImportModuleError' });
    }
    throw error;
  }
  const member = (object) => base.slice(dot + 1).split('.').reduce((at, key) => (at == null ? undefined : at[key]), object);
  const handler = member(exported) ?? member(exported.default);
  if (typeof handler !== 'function') {
    throw new StartError('Runtime.HandlerNotFound', `${base.slice(dot + 1)} is undefined or not exported by '${moduleName}'`);
  }
  return handler;
}

/** What a handler is told about the call, with the names of AWS Lambda's Node.js context. */
function contextOf(headers, done) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    idempotencyKey: headers['idempotency-key'],
    identity: undefined,
    clientContext: undefined,
    getRemainingTimeInMillis: () => Math.max(deadline - Date.now(), 0),
    succeed: (result) => done(null, result),
    fail: (error) => done(error ?? new Error('failed')),
    done,
  };
}

/** Runs the handler, whether it is async or calls back; rejects with its error. */
function run(handler, event, headers, onDrained) {
  return new Promise((resolve, reject) => {
    const done = (error, result) => (error === null || error === undefined ? resolve(result) : reject(error));
    const returned = handler(event, contextOf(headers, done), done);
    if (returned !== null && typeof returned === 'object' && typeof returned.then === 'function') {
      onDrained(() => reject(Object.assign(new Error('the promise of the handler never settles: nothing is left that could settle it'), { name: 'Runtime.NodeJsExit' })));
      returned.then(resolve, reject);
    } else if (returned !== undefined && handler.length < 3) {
      // A handler that takes a callback answers by it; what its last expression happens to be means nothing.
      resolve(returned);
    } else {
      onDrained(() => resolve(null));
    }
  });
}

/** The error as JSON, in the form of AWS Lambda; also logs it. */
function report(error) {
  const isError = error instanceof Error || (error !== null && typeof error === 'object' && 'message' in error);
  const errorType = isError ? String(error.name ?? 'Error') : typeof error;
  const errorMessage = isError ? String(error.message) : String(error);
  const trace = isError && error.stack ? String(error.stack).split('\n') : [];
  const stackTrace = trace.filter((line) => !line.includes('[stdin]'));
  console.error(`[ERROR] ${errorType}: ${errorMessage}`);
  if (stackTrace.length > 1) console.error(stackTrace.slice(1).join('\n'));
  const header = errorType.replace(/[^\x21-\x7e]/g, '?');
  return [JSON.stringify({ errorType, errorMessage, stackTrace }), `Lambda-Runtime-Function-Error-Type: ${header}\r\n`];
}

async function main() {
  const api = new Api(env.AWS_LAMBDA_RUNTIME_API);
  let handler;
  try {
    handler = await load(env._HANDLER);
  } catch (error) {
    await api.send('POST', 'init/error', ...report(error));
    process.exit(1);
  }

  let requestId = null;
  const crash = async (error) => {
    const said = report(error);
    if (requestId !== null) await api.send('POST', `invocation/${requestId}/error`, ...said);
    process.exit(129);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);

  // While a handler runs, our connection must not keep the event loop alive: a loop that runs dry is how a
  // callback that never comes, or a promise that never settles, is noticed.
  let drained = null;
  process.on('beforeExit', () => drained?.());

  let call = await api.next();
  for (;;) {
    requestId = call.headers['lambda-runtime-aws-request-id'];
    if (call.headers['lambda-runtime-trace-id']) env._X_AMZN_TRACE_ID = call.headers['lambda-runtime-trace-id'];
    let answer;
    api.socket.unref();
    try {
      const result = await run(handler, JSON.parse(call.body), call.headers, (whenDrained) => (drained = whenDrained));
      answer = [`invocation/${requestId}/response`, JSON.stringify(result ?? null) ?? 'null', ''];
    } catch (error) {
      answer = [`invocation/${requestId}/error`, ...report(error)];
    }
    drained = null;
    api.socket.ref();
    requestId = null;
    call = await api.answerAndNext(...answer);
  }
}

main();
