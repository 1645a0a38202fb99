// A grammar of templates and values. Everything comes from the seed, so that a case can be made again.

/** Mulberry32: small, and the same everywhere. */
function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(next() * n);
  return { below, pick: (list) => list[below(list.length)], chance: (p) => next() < p };
}

const WORDS = [
  '',
  'a',
  'Hello World',
  'true',
  '12',
  '-3.5',
  'a-b_c',
  'ünï',
  'x: y',
  '# no',
  ' pad ',
  '1e3',
  'no',
  'line1\nline2',
  '{{ .Chart.Name }}',
  '🎉',
];
const PATHS = [
  '.Values.s',
  '.Values.t',
  '.Values.n',
  '.Values.f',
  '.Values.b',
  '.Values.l',
  '.Values.m',
  '.Values.m.k',
  '.Values.m.d.e',
  '.Values.nul',
  '.Values.missing',
  '.Release.Name',
  '.Chart.Name',
  '.Values.e',
];
const STRING_FUNCTIONS = [
  'upper',
  'lower',
  'title',
  'trim',
  'quote',
  'squote',
  'b64enc',
  'trunc 3',
  'trunc -3',
  'replace "a" "b"',
  'trimSuffix "d"',
  'trimPrefix "H"',
  'snakecase',
  'camelcase',
  'kebabcase',
  'nospace',
  'initials',
  'indent 2',
  'nindent 2',
  'repeat 2',
  'default "dflt"',
  'toString',
  'toJson',
  'toYaml',
  'sha256sum',
  'substr 0 2',
  'contains "a"',
  'hasPrefix "H"',
  'splitList " "',
  'regexReplaceAll "[a-c]+" "x"',
  'swapcase',
  'untitle',
  'wrap 4',
  'abbrev 6',
  'urlquery',
  'html',
  'len',
  'fromYaml',
  'printf "%v|%s"',
  'printf "%5v"',
  'cat "x"',
  'title',
  'adler32sum',
];
const ANY_FUNCTIONS = [
  'toJson',
  'toYaml',
  'toPrettyJson',
  'toString',
  'quote',
  'kindOf',
  'typeOf',
  'empty',
  'default 5',
  'int',
  'int64',
  'float64',
  'not',
  'len',
  'toYamlPretty',
  'toRawJson',
  'list',
  'printf "%T"',
  'printf "%v"',
  'printf "%d"',
  'print',
  'first',
  'last',
  'rest',
  'uniq',
  'sortAlpha',
  'join ","',
  'keys | sortAlpha', // Go's maps have no order: Helm alone answers differently from run to run
  'deepCopy',
  'compact',
  'reverse',
  'toStrings',
  'add 1',
  'mul 2',
  'sub 1',
  'div 2',
  'max 3',
  'min 3',
  'round',
  'ceil',
  'floor',
  'atoi',
  'coalesce',
  'dict "k"',
  'has "a"',
  'append "z"',
  'until',
  'seq',
  'ternary 1 2',
  'hasKey "k"',
  'get "k"',
  'pick "k"',
  'omit "k"',
  'dig "k" "d"',
  'required "need"',
];

class Writer {
  constructor(seed) {
    this.r = random(seed);
    this.variables = [];
    this.depth = 0;
    /** In how many blocks whose dot is not the root, which nobody can print alike twice. */
    this.rebound = 0;
  }

  literal() {
    const { r } = this;
    switch (r.below(6)) {
      case 0:
        return String(r.below(20) - 5);
      case 1:
        return r.pick(['1.5', '0.1', '1e6', '-2.25', '0x1F', '010']);
      case 2:
        return r.pick(['true', 'false']);
      case 3:
        return 'nil';
      default:
        return JSON.stringify(r.pick(WORDS));
    }
  }

  operand() {
    const { r } = this;
    if (r.chance(0.45)) return r.pick(PATHS);
    if (r.chance(0.2) && this.variables.length > 0) return r.pick(this.variables);
    if (r.chance(0.1)) return this.rebound > 0 ? '.' : '.Values.m';
    if (r.chance(0.35) && this.depth < 3) {
      this.depth++;
      const text = `(${this.expression()})`;
      this.depth--;
      return r.chance(0.15) ? `${text}.k` : text;
    }
    return this.literal();
  }

  expression() {
    const { r } = this;
    const pipe = () => {
      const functions = r.chance(0.5) ? STRING_FUNCTIONS : ANY_FUNCTIONS;
      return ` | ${r.pick(functions)}`;
    };
    let text;
    switch (r.below(8)) {
      case 0:
        text = `${r.pick(['eq', 'ne', 'lt', 'gt', 'le', 'ge', 'and', 'or'])} ${this.operand()} ${this.operand()}`;
        break;
      case 1:
        text = `list ${this.operand()} ${this.operand()}`;
        break;
      case 2:
        text = `dict "k" ${this.operand()} "j" ${this.operand()}`;
        break;
      case 3:
        text = `printf ${JSON.stringify(r.pick(['%v', '%s-%d', '%q', '%5.2f', '%t', '%+v', '%x', '%05d', '%v %v %v']))} ${this.operand()}`;
        break;
      case 4:
        text = `index ${this.operand()} ${r.pick(['0', '1', '"k"', '"d"'])}`;
        break;
      case 5:
        text = `include ${r.pick(['"h.a"', '"h.b"', '"h.none"'])} ${this.operand()}`;
        break;
      case 6:
        text = `tpl ${JSON.stringify(r.pick(['{{ .k }}', 'x{{ . }}', '{{ .Values.s }}', '{{ define "q" }}Q{{ end }}{{ include "q" . }}']))} ${this.operand()}`;
        break;
      default: {
        const head = this.operand();
        text = head === 'nil' ? '"n"' : head;
      }
    }
    while (r.chance(0.45)) text += pipe();
    return text;
  }

  action() {
    const { r } = this;
    const [left, right] = [r.chance(0.25) ? '{{- ' : '{{ ', r.chance(0.25) ? ' -}}' : ' }}'];
    if (this.depth < 2 && r.chance(0.35)) return this.block(left, right);
    if (r.chance(0.15)) {
      const name = `$v${this.variables.length}`;
      const text = `${left}${name} := ${this.expression()}${right}`;
      this.variables.push(name);
      return text;
    }
    if (r.chance(0.1) && this.variables.length > 0)
      return `${left}${r.pick(this.variables)} = ${this.expression()}${right}`;
    return `${left}${this.expression()}${right}`;
  }

  block(left, right) {
    const { r } = this;
    this.depth++;
    const outer = [...this.variables];
    let head;
    switch (r.below(4)) {
      case 0:
        head = `range ${this.expression()}`;
        break;
      case 1:
        head = `range $i${this.depth}, $e${this.depth} := ${this.expression()}`;
        this.variables.push(`$i${this.depth}`, `$e${this.depth}`);
        break;
      case 2:
        head = `with ${this.expression()}`;
        break;
      default:
        head = `if ${this.expression()}`;
    }
    const rebinds = !head.startsWith('if');
    if (rebinds) this.rebound++;
    const body = this.parts(1 + r.below(3)).join('');
    if (rebinds) this.rebound--;
    const otherwise = r.chance(0.4) ? `${left}else${right}${this.parts(1).join('')}` : '';
    this.variables = outer;
    this.depth--;
    return `${left}${head}${right}${body}${otherwise}${left}end${right}`;
  }

  parts(n) {
    return Array.from({ length: n }, () =>
      this.r.chance(0.4) ? this.r.pick([' ', '\n', 'text ', 'k: ', '  - ', '\n\n']) : this.action(),
    );
  }

  value(depth = 0) {
    const { r } = this;
    switch (r.below(depth > 2 ? 5 : 7)) {
      case 0:
        return r.below(100) - 20;
      case 1:
        return r.pick([1.5, 1e6, 0.001, 123456789, -0.5]);
      case 2:
        return r.chance(0.5);
      case 3:
        return null;
      case 4:
        return r.pick(WORDS);
      case 5:
        return Array.from({ length: r.below(4) }, () => this.value(depth + 1));
      default:
        return Object.fromEntries(
          Array.from({ length: r.below(4) }, (_, i) => [
            r.pick(['k', 'a', 'b1', 'b10', 'z-y', String(i)]),
            this.value(depth + 1),
          ]),
        );
    }
  }
}

/** The question of a seed, in the oracle's form; `parts` are the pieces of its template. */
export function question(seed) {
  const w = new Writer(seed);
  const values = {
    s: w.r.pick(WORDS),
    t: w.r.pick(WORDS),
    n: w.r.below(50),
    f: 1.25,
    b: w.r.chance(0.5),
    l: [w.value(), w.value(), 'a'],
    m: { k: w.value(), d: { e: w.value() } },
    nul: null,
    e: w.r.pick([[], {}, '', 0]),
  };
  const parts = w.parts(2 + w.r.below(5));
  return {
    id: `fuzz/${seed}`.replace('/', '-'),
    op: 'render',
    parts,
    template: parts.join(''),
    helpers: '{{ define "h.a" }}<{{ . }}>{{ end }}{{ define "h.b" }}{{ .k }}{{ if .j }}J{{ end }}{{ end }}',
    values,
  };
}
