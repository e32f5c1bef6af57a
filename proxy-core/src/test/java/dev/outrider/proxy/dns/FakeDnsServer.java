package dev.outrider.proxy.dns;

import dev.outrider.proxy.cluster.HostPort;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.dns.DatagramDnsQuery;
import io.netty.handler.codec.dns.DatagramDnsQueryDecoder;
import io.netty.handler.codec.dns.DatagramDnsResponse;
import io.netty.handler.codec.dns.DatagramDnsResponseEncoder;
import io.netty.handler.codec.dns.DefaultDnsRawRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// A name server on a loopback port, which says what the test has it say. Names it was told nothing
/// about do not exist.
public final class FakeDnsServer implements AutoCloseable {

  /// What a name has.
  ///
  /// @param code anything but NOERROR comes without addresses
  private record Entry(DnsResponseCode code, int ttlSeconds, List<String> ips) {}

  private static final Entry UNKNOWN = new Entry(DnsResponseCode.NXDOMAIN, 0, List.of());

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Map<String, Entry> zone = new ConcurrentHashMap<>();
  private final List<String> questions = new CopyOnWriteArrayList<>();
  private final DatagramChannel channel;
  private volatile boolean silent;

  public FakeDnsServer() {
    this(0);
  }

  /// @param port 0 = any
  public FakeDnsServer(int port) {
    channel =
        (DatagramChannel)
            new Bootstrap()
                .group(group)
                .channel(NioDatagramChannel.class)
                .handler(new Pipeline())
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .syncUninterruptibly()
                .channel();
  }

  public HostPort address() {
    return new HostPort("127.0.0.1", channel.localAddress().getPort());
  }

  public int port() {
    return channel.localAddress().getPort();
  }

  public FakeDnsServer has(String name, int ttlSeconds, String... ips) {
    zone.put(name, new Entry(DnsResponseCode.NOERROR, ttlSeconds, List.of(ips)));
    return this;
  }

  /// Will not say.
  public FakeDnsServer refuses(String name) {
    zone.put(name, new Entry(DnsResponseCode.REFUSED, 0, List.of()));
    return this;
  }

  public FakeDnsServer fails(String name) {
    zone.put(name, new Entry(DnsResponseCode.SERVFAIL, 0, List.of()));
    return this;
  }

  public FakeDnsServer silent(boolean whether) {
    silent = whether;
    return this;
  }

  /// As `A a.test`, in order.
  public List<String> questions() {
    return List.copyOf(questions);
  }

  @Override
  public void close() {
    channel.close().syncUninterruptibly();
    group.shutdownGracefully();
  }

  private final class Pipeline extends ChannelInitializer<DatagramChannel> {
    @Override
    protected void initChannel(DatagramChannel opened) {
      opened
          .pipeline()
          .addLast(new DatagramDnsQueryDecoder(), new DatagramDnsResponseEncoder(), new Answers());
    }
  }

  private final class Answers extends SimpleChannelInboundHandler<DatagramDnsQuery> {
    @Override
    @SuppressWarnings("ArgumentSelectionDefectChecker") // the answer goes back
    protected void channelRead0(ChannelHandlerContext context, DatagramDnsQuery query) {
      var question = query.recordAt(DnsSection.QUESTION);
      var name = question.name().substring(0, question.name().length() - 1);
      questions.add(question.type().name() + " " + name);
      if (silent) {
        return;
      }
      var entry = zone.getOrDefault(name, UNKNOWN);
      var response =
          new DatagramDnsResponse(query.recipient(), query.sender(), query.id())
              .setCode(entry.code())
              .setAuthoritativeAnswer(true)
              .addRecord(
                  DnsSection.QUESTION,
                  new io.netty.handler.codec.dns.DefaultDnsQuestion(
                      question.name(), question.type()));
      var length = question.type().equals(DnsRecordType.AAAA) ? 16 : 4;
      for (var ip : entry.ips()) {
        var bytes = NetUtil.createByteArrayFromIpAddressString(ip);
        if (bytes != null && bytes.length == length) {
          response.addRecord(
              DnsSection.ANSWER,
              new DefaultDnsRawRecord(
                  question.name(),
                  question.type(),
                  entry.ttlSeconds(),
                  Unpooled.wrappedBuffer(bytes)));
        }
      }
      context.writeAndFlush(response);
    }
  }
}
