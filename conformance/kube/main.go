// Command kube answers questions about Kubernetes objects with the code that Helm 4.2.4 uses.
//
// `go run . rules` prints how the lists and tables of each built-in kind are merged. Otherwise it reads JSON lines and
// writes one for each: {"op": "patch", "original", "modified", "current", "threeWay"} gives the patch that Helm sends and
// its type, {"op": "apply", "object", "patch"} what a strategic patch makes of an object, {"op": "status", "object"} how
// kstatus sees it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	apiextv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apiextv1beta1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1beta1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/jsonmergepatch"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/kubernetes/scheme"
)

func init() {
	must(apiextv1.AddToScheme(scheme.Scheme))
	must(apiextv1beta1.AddToScheme(scheme.Scheme))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "rules" {
		printRules()
		return
	}
	in := bufio.NewReader(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	decoder := json.NewDecoder(in)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for decoder.More() {
		var question request
		must(decoder.Decode(&question))
		answer, err := ask(question)
		if err != nil {
			answer = map[string]any{"error": err.Error()}
		}
		must(encoder.Encode(answer))
	}
}

type request struct {
	Op                                         string
	Object, Patch, Original, Modified, Current json.RawMessage
	ThreeWay                                   bool
}

func ask(q request) (any, error) {
	switch q.Op {
	case "patch":
		return createPatch(q)
	case "apply":
		object, _, err := typed(q.Object)
		if err != nil {
			return nil, err
		}
		patched, err := strategicpatch.StrategicMergePatch(q.Object, q.Patch, object)
		return json.RawMessage(patched), err
	case "status":
		var u unstructured.Unstructured
		if err := u.UnmarshalJSON(q.Object); err != nil {
			return nil, err
		}
		result, err := status.Compute(&u)
		if err != nil {
			return nil, err
		}
		return map[string]any{"progress": result.Status, "message": result.Message}, nil
	}
	return nil, fmt.Errorf("no op %q", q.Op)
}

// Helm: pkg/kube/client.go createPatch.
func createPatch(q request) (any, error) {
	object, isUnstructured, err := typed(q.Modified)
	if err != nil {
		return nil, err
	}
	kind, patch := "merge", []byte(nil)
	switch {
	case isUnstructured && q.ThreeWay:
		patch, err = jsonmergepatch.CreateThreeWayJSONMergePatch(q.Original, q.Modified, q.Current)
	case isUnstructured:
		patch, err = jsonpatch.CreateMergePatch(q.Original, q.Modified)
	default:
		kind = "strategic"
		meta, err := strategicpatch.NewPatchMetaFromStruct(object)
		if err != nil {
			return nil, err
		}
		patch, err = strategicpatch.CreateThreeWayMergePatch(q.Original, q.Modified, q.Current, meta, true)
		if err != nil {
			return nil, err
		}
	}
	return map[string]any{"type": kind, "body": json.RawMessage(patch)}, err
}

func typed(data []byte) (runtime.Object, bool, error) {
	var head struct{ APIVersion, Kind string }
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, false, err
	}
	gv, err := schema.ParseGroupVersion(head.APIVersion)
	if err != nil {
		return nil, false, err
	}
	object, err := scheme.Scheme.New(gv.WithKind(head.Kind))
	if runtime.IsNotRegisteredError(err) {
		return &unstructured.Unstructured{}, true, nil
	}
	_, isOldDefinition := object.(*apiextv1beta1.CustomResourceDefinition)
	return object, isOldDefinition, err
}

// One line for each rule, `Kind path strategy key`, with `-` for lists without a rule whose names have one elsewhere. Of
// several versions of a kind the one that the API prefers.
func printRules() {
	type rule struct{ kind, path, name, strategy, key string }
	var rules []rule
	named := map[string]bool{}
	seen := map[schema.GroupKind]bool{}
	for _, group := range slices.Sorted(maps.Keys(groups())) {
		for _, version := range scheme.Scheme.PrioritizedVersionsForGroup(group) {
			types := scheme.Scheme.KnownTypes(version)
			for _, kind := range slices.Sorted(maps.Keys(types)) {
				id := schema.GroupKind{Group: group, Kind: kind}
				if seen[id] || strings.HasSuffix(kind, "Options") || strings.HasSuffix(kind, "List") || kind == "WatchEvent" {
					continue
				}
				seen[id] = true
				walk(types[kind], nil, map[reflect.Type]bool{}, func(path []string, strategy, key string) {
					name := path[len(path)-1]
					named[name] = named[name] || strategy != "-"
					rules = append(rules, rule{kind, strings.Join(path, "."), name, strategy, key})
				})
			}
		}
	}
	var lines []string
	for _, r := range rules {
		if named[r.name] {
			lines = append(lines, strings.TrimRight(strings.Join([]string{r.kind, r.path, r.strategy, r.key}, " "), " "))
		}
	}
	slices.Sort(lines)
	fmt.Println(strings.Join(slices.Compact(lines), "\n"))
}

func groups() map[string]bool {
	out := map[string]bool{}
	for gvk := range scheme.Scheme.AllKnownTypes() {
		out[gvk.Group] = gvk.Version != runtime.APIVersionInternal
	}
	return out
}

// Calls back for every field that is a list, a map or a struct.
func walk(t reflect.Type, path []string, within map[reflect.Type]bool, see func([]string, string, string)) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || within[t] {
		return
	}
	within[t] = true
	defer delete(within, t)
	for i := range t.NumField() {
		field := t.Field(i)
		name, rest, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || !field.IsExported() {
			continue
		}
		if name == "" || strings.Contains(rest, "inline") {
			walk(field.Type, path, within, see)
			continue
		}
		inner := append(append([]string(nil), path...), name)
		strategy := field.Tag.Get("patchStrategy")
		if strategy == "" {
			strategy = "-"
		}
		base := field.Type
		if base.Kind() == reflect.Pointer {
			base = base.Elem()
		}
		if strategy != "-" || base.Kind() == reflect.Slice && base.Elem().Kind() != reflect.Uint8 {
			see(inner, strategy, field.Tag.Get("patchMergeKey"))
		}
		walk(field.Type, inner, within, see)
	}
}
