'use strict';

// A server that is to end waits for those who are being answered. This one ends as if it crashed, but has written down what it has.
const { Server } = require('http');

const close = Server.prototype.close;
Server.prototype.close = function closeAtOnce(done) {
  const closed = close.call(this, done);
  this.closeAllConnections();
  return closed;
};
