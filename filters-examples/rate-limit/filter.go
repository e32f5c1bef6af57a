package main

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

// plugin is one configuration of the filter in one VM.
type plugin struct {
	types.DefaultPluginContext
	rules []rule
}

type rule struct {
	limit
	table            *table
	allowed, limited proxywasm.MetricCounter
	limitText        string
}

// sharedData is the store that all workers of the host see.
type sharedData struct{}

func (sharedData) get(key string) ([]byte, uint32, bool) {
	value, cas, err := proxywasm.GetSharedData(key)
	return value, cas, err == nil
}

func (sharedData) set(key string, value []byte, cas uint32) bool {
	return proxywasm.SetSharedData(key, value, cas) == nil
}

func (p *plugin) OnPluginStart(size int) types.OnPluginStartStatus {
	var json []byte
	if size > 0 {
		var err error
		if json, err = proxywasm.GetPluginConfiguration(); err != nil {
			proxywasm.LogError("configuration refused: the host does not give it out: " + err.Error())
			return types.OnPluginStartStatusFailed
		}
	}
	limits, err := parseConfig(json)
	if err != nil {
		proxywasm.LogError("configuration refused: " + err.Error())
		return types.OnPluginStartStatusFailed
	}
	seed := sharedSeed(sharedData{}, rand.Uint64)
	p.rules = make([]rule, len(limits))
	for i, one := range limits {
		p.rules[i] = rule{
			limit:     one,
			table:     newTable(one, sharedData{}, seed),
			allowed:   proxywasm.DefineCounterMetric("rate_limit." + one.name + ".allowed"),
			limited:   proxywasm.DefineCounterMetric("rate_limit." + one.name + ".limited"),
			limitText: strconv.FormatInt(one.rate.burst, 10),
		}
	}
	if last := limits[len(limits)-1]; last.header != "" {
		proxywasm.LogWarn("requests without the header " + last.header + " that no other limit fits pass without one")
	}
	return types.OnPluginStartStatusOK
}

func (p *plugin) NewHttpContext(uint32) types.HttpContext {
	return &stream{plugin: p}
}

// stream is one request and its response.
type stream struct {
	types.DefaultHttpContext
	plugin  *plugin
	rule    *rule // the limit that let the request through; nil if none was asked
	verdict verdict
}

func (s *stream) OnHttpRequestHeaders(int, bool) types.Action {
	rule, client := s.plugin.choose()
	if rule == nil {
		return types.ActionContinue
	}
	verdict, decided := rule.table.take(client, time.Now().UnixNano())
	switch {
	case !decided:
		proxywasm.LogWarn("limit " + rule.name + ": the shared bucket was never free; the request passes uncounted")
	case verdict.allowed:
		rule.allowed.Increment(1)
		s.rule, s.verdict = rule, verdict
	default:
		rule.limited.Increment(1)
		return refuse(rule, verdict)
	}
	return types.ActionContinue
}

func (s *stream) OnHttpResponseHeaders(int, bool) types.Action {
	if s.rule != nil {
		for _, header := range s.rule.headers(s.verdict) {
			if err := proxywasm.ReplaceHttpResponseHeader(header[0], header[1]); err != nil {
				proxywasm.LogWarn("the response keeps no " + header[0] + ": " + err.Error())
			}
		}
	}
	return types.ActionContinue
}

// choose finds the first limit that fits the current request, and what it tells its clients apart by.
func (p *plugin) choose() (*rule, string) {
	path, pathKnown := "", false
	for i := range p.rules {
		rule := &p.rules[i]
		if rule.pathPrefix != "" {
			if !pathKnown {
				path, _ = proxywasm.GetHttpRequestHeader(":path")
				pathKnown = true
			}
			if !strings.HasPrefix(path, rule.pathPrefix) {
				continue
			}
		}
		if client, fits := rule.client(); fits {
			return rule, client
		}
	}
	return nil, ""
}

// client is what the limit tells the clients apart by; false if the request lacks it.
func (r *rule) client() (string, bool) {
	switch {
	case r.header != "":
		value, err := proxywasm.GetHttpRequestHeader(r.header)
		return value, err == nil && value != ""
	case r.clientAddress:
		address, err := proxywasm.GetProperty([]string{"source", "address"})
		if err != nil {
			return "", true // a client without an address (a Unix socket): all of them are one
		}
		return host(string(address)), true
	default:
		return "", true
	}
}

// host is an address without its port.
func host(address string) string {
	if colon := strings.LastIndexByte(address, ':'); colon >= 0 {
		return address[:colon]
	}
	return address
}

func (r *rule) headers(v verdict) [3][2]string {
	return [3][2]string{
		{"x-ratelimit-limit", r.limitText},
		{"x-ratelimit-remaining", strconv.FormatInt(v.remaining, 10)},
		{"x-ratelimit-reset", seconds(v.resetAfter)},
	}
}

func refuse(rule *rule, v verdict) types.Action {
	headers := rule.headers(v)
	all := append(headers[:], [2]string{"retry-after", seconds(v.retryAfter)}, [2]string{"content-type", "text/plain"})
	if err := proxywasm.SendHttpResponse(429, all, []byte("too many requests\n"), -1); err != nil {
		proxywasm.LogError("the host took no answer for a request over the limit: " + err.Error())
	}
	return types.ActionPause
}

// seconds rounds up: a client that comes back after that time is not too early.
func seconds(nanoseconds int64) string {
	return strconv.FormatInt((nanoseconds+second-1)/second, 10)
}
