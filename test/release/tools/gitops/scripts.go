// What Argo CD's configuration says: health checks in Lua, in the small Lua that Argo CD runs them
// in, and fields whose differences are none.
package main

import (
	"strings"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

type scripts map[string]string

func (all scripts) GetResourceHealth(one *unstructured.Unstructured) (*health.HealthStatus, error) {
	script, known := all[one.GroupVersionKind().Group+"_"+one.GetKind()]
	if !known {
		return nil, nil
	}
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for name, open := range map[string]lua.LGFunction{
		lua.LoadLibName: lua.OpenPackage, lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable,
	} {
		if err := state.CallByParam(lua.P{Fn: state.NewFunction(open), Protect: true}, lua.LString(name)); err != nil {
			return nil, err
		}
	}
	state.SetGlobal("obj", asLua(state, one.Object))
	if err := state.DoString(script); err != nil {
		return nil, err
	}
	said, _ := state.Get(-1).(*lua.LTable)
	return &health.HealthStatus{
		Status:  health.HealthStatusCode(state.GetField(said, "status").String()),
		Message: state.GetField(said, "message").String(),
	}, nil
}

func asLua(state *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case bool:
		return lua.LBool(value)
	case string:
		return lua.LString(value)
	case int64:
		return lua.LNumber(value)
	case float64:
		return lua.LNumber(value)
	case []any:
		table := state.NewTable()
		for _, one := range value {
			table.Append(asLua(state, one))
		}
		return table
	case map[string]any:
		table := state.NewTable()
		for key, one := range value {
			table.RawSetString(key, asLua(state, one))
		}
		return table
	}
	return lua.LNil
}

type ignored struct {
	Group        string   `json:"group"`
	Kind         string   `json:"kind"`
	JSONPointers []string `json:"jsonPointers"`
}

type normalizer []ignored

func (all normalizer) Normalize(one *unstructured.Unstructured) error {
	is := one.GroupVersionKind()
	for _, rule := range all {
		if rule.Group != is.Group || rule.Kind != is.Kind {
			continue
		}
		for _, pointer := range rule.JSONPointers {
			path := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
			for at, part := range path {
				path[at] = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
			}
			unstructured.RemoveNestedField(one.Object, path...)
		}
	}
	return nil
}
