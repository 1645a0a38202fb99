/** Functions that write and read JSON and YAML: Sprig's, and those that Helm puts in their place (pkg/engine/funcs.go). */
import {
  decodeJson,
  type EncodeJsonOptions,
  encodeJson,
  encodeToml,
  encodeYaml,
  encodeYamlPretty,
  fromJson,
  fromJsonArray,
  fromToml,
  fromYaml,
  fromYamlArray,
} from '@pack/core';
import { type FuncMap, func, GoError } from 'go-template';

/** '' where the function fails. */
const orEmpty =
  (encode: (v: unknown) => string) =>
  (v: unknown): string => {
    try {
      return encode(v);
    } catch (e) {
      if (e instanceof GoError) return '';
      throw e;
    }
  };

const json =
  (options?: EncodeJsonOptions) =>
  (v: unknown): string =>
    encodeJson(v, options);
const pretty = json({ indent: '  ' });
const raw = json({ escapeHtml: false });

/** Helm drops the newline at the end. */
const yaml =
  (encode: (v: unknown) => string) =>
  (v: unknown): string =>
    encode(v).replace(/\n$/, '');

/** An error of the encoder is the result; of a panic, which nil causes, Helm makes an error. */
function tomlOrError(v: unknown): string {
  try {
    return encodeToml(v);
  } catch (e) {
    if (e instanceof GoError && !e.message.startsWith('reflect: ')) return e.message;
    throw e;
  }
}

/** yaml.v3 panics for a type that it does not know, and toYamlPretty catches only errors. */
function prettyYaml(v: unknown): string {
  try {
    return encodeYamlPretty(v).replace(/\n$/, '');
  } catch (e) {
    if (e instanceof GoError && !e.message.startsWith('cannot marshal type')) return '';
    throw e;
  }
}

const TEXT = 'func(interface {}) string';
const TEXT_OR_ERROR = 'func(interface {}) (string, error)';

export const serializationFunctions: FuncMap = {
  toJson: func(TEXT, orEmpty(json())),
  mustToJson: func(TEXT, json()),
  toPrettyJson: func(TEXT, orEmpty(pretty)),
  mustToPrettyJson: func(TEXT_OR_ERROR, pretty),
  toRawJson: func(TEXT, raw),
  mustToRawJson: func(TEXT_OR_ERROR, raw),
  fromJson: func('func(string) map[string]interface {}', fromJson),
  fromJsonArray: func('func(string) []interface {}', fromJsonArray),
  mustFromJson: func('func(string) (interface {}, error)', decodeJson),
  toYaml: func(TEXT, orEmpty(yaml(encodeYaml))),
  mustToYaml: func(TEXT, yaml(encodeYaml)),
  toYamlPretty: func(TEXT, prettyYaml),
  toToml: func(TEXT, tomlOrError),
  mustToToml: func(TEXT, encodeToml),
  fromToml: func('func(string) map[string]interface {}', (text: string) => fromToml(text)),
  fromYaml: func('func(string) map[string]interface {}', fromYaml),
  fromYamlArray: func('func(string) []interface {}', fromYamlArray),
};
