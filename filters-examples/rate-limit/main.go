// Command rate-limit is a proxy-wasm filter that lets each client, or each part of a site, have so many requests in a
// time. The state of its token buckets is in the host's shared data: all workers draw from the same bucket.
//
// config.go reads the configuration, bucket.go is the arithmetic of one bucket, table.go keeps many of them in bounded
// shared memory, filter.go is what the host calls.
package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func init() {
	proxywasm.SetPluginContext(func(uint32) types.PluginContext { return &plugin{} })
}

func main() {}
