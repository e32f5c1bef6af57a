// Command control-plane serves what it is told on standard input to proxies, over ADS and by a service for each type,
// with go-control-plane: the library that most control planes are made with. One line of input is one snapshot, as JSON:
//
//	{"version": "1", "resources": [{"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", ...}]}
//
// It says on standard output where it listens, and what every proxy answers.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"sync"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/health_check/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	clusters "github.com/envoyproxy/go-control-plane/envoy/service/cluster/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	endpoints "github.com/envoyproxy/go-control-plane/envoy/service/endpoint/v3"
	extensions "github.com/envoyproxy/go-control-plane/envoy/service/extension/v3"
	listeners "github.com/envoyproxy/go-control-plane/envoy/service/listener/v3"
	routes "github.com/envoyproxy/go-control-plane/envoy/service/route/v3"
	runtimes "github.com/envoyproxy/go-control-plane/envoy/service/runtime/v3"
	secrets "github.com/envoyproxy/go-control-plane/envoy/service/secret/v3"
	"github.com/envoyproxy/go-control-plane/pkg/cache/types"
	"github.com/envoyproxy/go-control-plane/pkg/cache/v3"
	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	"github.com/envoyproxy/go-control-plane/pkg/server/v3"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"
)

// everyProxy is the key of the only snapshot.
type everyProxy struct{}

func (everyProxy) ID(*core.Node) string { return "all" }

// narrator says what happens, a line each.
type narrator struct {
	server.CallbackFuncs
	out sync.Mutex
}

func (n *narrator) say(format string, args ...any) {
	n.out.Lock()
	defer n.out.Unlock()
	fmt.Printf(format+"\n", args...)
}

func (n *narrator) OnStreamRequest(_ int64, r *discovery.DiscoveryRequest) error {
	if r.ResponseNonce != "" {
		n.answer(r.TypeUrl, r.ErrorDetail.GetMessage())
	}
	return nil
}

func (n *narrator) OnStreamDeltaRequest(_ int64, r *discovery.DeltaDiscoveryRequest) error {
	if r.ResponseNonce != "" {
		n.answer(r.TypeUrl, r.ErrorDetail.GetMessage())
	}
	return nil
}

func (n *narrator) answer(typeURL, err string) {
	if err == "" {
		n.say("ack %s", typeURL)
	} else {
		text, _ := json.Marshal(err)
		n.say("nack %s %s", typeURL, text)
	}
}

func main() {
	ctx := context.Background()
	ads := len(os.Args) < 3 // else a stream for each resource, whose names are never all there are
	snapshots := cache.NewSnapshotCache(ads, everyProxy{}, nil)
	says := &narrator{}
	grpcServer := grpc.NewServer()
	serves := server.NewServer(ctx, snapshots, says)
	discovery.RegisterAggregatedDiscoveryServiceServer(grpcServer, serves)
	clusters.RegisterClusterDiscoveryServiceServer(grpcServer, serves)
	endpoints.RegisterEndpointDiscoveryServiceServer(grpcServer, serves)
	listeners.RegisterListenerDiscoveryServiceServer(grpcServer, serves)
	routes.RegisterRouteDiscoveryServiceServer(grpcServer, serves)
	secrets.RegisterSecretDiscoveryServiceServer(grpcServer, serves)
	extensions.RegisterExtensionConfigDiscoveryServiceServer(grpcServer, serves)
	runtimes.RegisterRuntimeDiscoveryServiceServer(grpcServer, serves)
	address := "127.0.0.1:0"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		fail(err)
	}
	says.say("listening %d", listener.Addr().(*net.TCPAddr).Port)
	go func() { fail(grpcServer.Serve(listener)) }()

	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		snapshot, err := parse(lines.Bytes())
		if err != nil {
			fail(err)
		}
		if err := snapshots.SetSnapshot(ctx, "all", snapshot); err != nil {
			fail(err)
		}
	}
}

func parse(line []byte) (*cache.Snapshot, error) {
	var read struct {
		Version   string
		Resources []json.RawMessage
	}
	if err := json.Unmarshal(line, &read); err != nil {
		return nil, err
	}
	byType := map[resource.Type][]types.Resource{}
	for _, raw := range read.Resources {
		packed := &anypb.Any{}
		if err := protojson.Unmarshal(raw, packed); err != nil {
			return nil, err
		}
		message, err := packed.UnmarshalNew()
		if err != nil {
			return nil, err
		}
		byType[packed.TypeUrl] = append(byType[packed.TypeUrl], message)
	}
	return cache.NewSnapshot(read.Version, byType)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
