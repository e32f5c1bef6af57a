package dev.outrider.proxy.metrics;

import java.util.ArrayList;
import java.util.List;

/// A statistic's name with the variable parts taken out and made tags:
/// `cluster.users.upstream_rq_200` is `cluster.upstream_rq` with a cluster name and a response
/// code. The rules are those built into Envoy, for the names that exist here.
///
/// @param tags in the order in which Envoy shows them
record TaggedName(String name, List<Tag> tags) {

  /// A tag; its name is without the `envoy_` that Prometheus adds.
  record Tag(String name, String value) {}

  static TaggedName of(String full) {
    var extraction = new Extraction(full);
    extraction.responseCode();
    extraction.certificate();
    extraction.httpPrefix();
    extraction.token("tcp.", "tcp_prefix");
    extraction.routeConfig();
    extraction.token("vhost.", "virtual_host");
    extraction.worker();
    extraction.listenerAddress();
    extraction.token("cluster.", "cluster_name");
    return new TaggedName(extraction.rest, List.copyOf(extraction.tags));
  }

  /// The work in progress. Each rule looks at the name as it was given, where that matters, and
  /// shortens the rest.
  private static final class Extraction {
    private static final String HTTP = ".http.";
    private static final String WORKER = ".worker_";
    private static final String CERTIFICATE = ".ssl.certificate.";
    private static final String EXPIRATION = ".expiration_unix_time_seconds";

    private final List<Tag> tags = new ArrayList<>(3);
    private String rest;

    private Extraction(String full) {
      rest = full;
    }

    /// `_rq_200` and `_rq_2xx` at the end.
    private void responseCode() {
      var end = rest.length();
      var at = rest.lastIndexOf("_rq_");
      if (at < 0 || end != at + 7) {
        return;
      }
      if (digits(at + 4, end)) {
        tags.add(new Tag("response_code", rest.substring(at + 4)));
        rest = rest.substring(0, at + 3);
      } else if (digits(at + 4, at + 5) && rest.endsWith("xx")) {
        tags.add(new Tag("response_code_class", rest.substring(at + 4, at + 5)));
        rest = rest.substring(0, at + 4) + "xx";
      }
    }

    /// `ssl.certificate.<name>.expiration_unix_time_seconds`; the name may have dots.
    private void certificate() {
      var at = rest.indexOf(CERTIFICATE);
      if (at > 0 && rest.endsWith(EXPIRATION)) {
        var from = at + CERTIFICATE.length();
        var end = rest.length() - EXPIRATION.length();
        if (end > from) {
          tags.add(new Tag("tls_certificate", rest.substring(from, end)));
          rest = rest.substring(0, from - 1) + EXPIRATION;
        }
      }
    }

    /// `http.<prefix>.`, also behind a listener.
    private void httpPrefix() {
      if (rest.startsWith("http.")) {
        token("http.", "http_conn_manager_prefix");
      } else if (rest.startsWith("listener.") && rest.contains(HTTP)) {
        cut(rest.indexOf(HTTP) + HTTP.length(), "http_conn_manager_prefix");
      }
    }

    /// `http.rds.<route configuration>.<statistic>`, the prefix being gone already.
    private void routeConfig() {
      var end = rest.lastIndexOf('.');
      if (rest.startsWith("http.rds.") && end > 9) {
        tags.add(new Tag("rds_route_config", rest.substring(9, end)));
        rest = "http.rds" + rest.substring(end);
      }
    }

    private void worker() {
      var at = rest.indexOf(WORKER);
      var end = at < 0 ? -1 : rest.indexOf('.', at + 1);
      if (end > 0 && digits(at + WORKER.length(), end)) {
        tags.add(new Tag("worker_id", rest.substring(at + WORKER.length(), end)));
        rest = rest.substring(0, at + WORKER.length() - 1) + rest.substring(end);
      }
    }

    /// `listener.127.0.0.1_80.`: an address, which has dots of its own; a name stays.
    private void listenerAddress() {
      if (!rest.startsWith("listener.")) {
        return;
      }
      var from = "listener.".length();
      var end = from;
      while (end < rest.length() && "0123456789abcdefABCDEF_[].".indexOf(rest.charAt(end)) >= 0) {
        end++;
      }
      end = rest.lastIndexOf('.', end - 1);
      if (end > from && rest.substring(from, end).indexOf('_') >= 0) {
        tags.add(new Tag("listener_address", rest.substring(from, end)));
        rest = rest.substring(0, from) + rest.substring(end + 1);
      }
    }

    /// `<start><token>.`: the token becomes the tag.
    private void token(String start, String tag) {
      if (rest.startsWith(start)) {
        cut(start.length(), tag);
      }
    }

    private void cut(int from, String tag) {
      var end = rest.indexOf('.', from);
      if (end > from) {
        tags.add(new Tag(tag, rest.substring(from, end)));
        rest = rest.substring(0, from) + rest.substring(end + 1);
      }
    }

    private boolean digits(int from, int to) {
      for (var i = from; i < to; i++) {
        if (rest.charAt(i) < '0' || rest.charAt(i) > '9') {
          return false;
        }
      }
      return from < to;
    }
  }
}
