#!/usr/bin/env node
const { load } = require('./load.js');

load('bin.js').run(process.argv.slice(2), __filename);
