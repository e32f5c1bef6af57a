package dev.outrider.proxy.metrics;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A statistic's name with the variable parts taken out and made tags:
/// `cluster.users.upstream_rq_200` is `cluster.upstream_rq` with a cluster name and a response
/// code. The rules are those built into Envoy, for the names that exist here.
///
/// @param tags in the order in which Envoy shows them
public record TaggedName(String name, List<Tag> tags) {

  /// A tag by its name in Envoy, `envoy.cluster_name`, or in the configuration.
  public record Tag(String name, String value) {}

  static TaggedName of(String full) {
    return of(full, StatsRules.NONE);
  }

  public static TaggedName of(String full, StatsRules rules) {
    var extraction = new Extraction(full, rules);
    extraction.responseCode();
    extraction.certificate();
    extraction.configured(false);
    extraction.httpPrefix();
    extraction.token("tcp.", "tcp_prefix");
    extraction.routeConfig();
    extraction.token("vhost.", "virtual_host");
    extraction.worker();
    extraction.listenerAddress();
    extraction.token("cluster.", "cluster_name");
    extraction.configured(true);
    return new TaggedName(extraction.name(), List.copyOf(extraction.tags));
  }

  /// The work in progress. Each rule looks at the name as it was given, where that matters, and
  /// shortens the rest.
  private static final class Extraction {
    private static final String HTTP = ".http.";
    private static final String WORKER = ".worker_";
    private static final String CERTIFICATE = ".ssl.certificate.";
    private static final String EXPIRATION = ".expiration_unix_time_seconds";

    private final List<Tag> tags = new ArrayList<>(3);
    private final String full;
    private final StatsRules rules;
    private String rest;
    // Where in the full name each character of the rest stands, and what configured rules cut from
    // it; null where there are none, since a page has many names.
    private final @Nullable StringBuilder origin;
    private final BitSet cut = new BitSet(0);

    private Extraction(String full, StatsRules rules) {
      this.full = full;
      this.rules = rules;
      rest = full;
      origin = rules.tags().isEmpty() ? null : new StringBuilder();
      for (var i = 0; origin != null && i < full.length(); i++) {
        origin.append((char) i);
      }
    }

    /// Those of the configuration look at the whole name, and may cut what is cut already.
    private void configured(boolean prefixed) {
      for (var rule : rules.tags()) {
        switch (rule) {
          case TagRule.Fixed(var tag, var value) -> {
            if (!prefixed) {
              tags.add(new Tag(tag, value));
            }
          }
          case TagRule.Extracted extracted -> {
            var found = extracted.prefixed() == prefixed ? extracted.find(full) : null;
            if (found != null) {
              tags.add(new Tag(extracted.tag(), found.value()));
              cut.set(found.from(), found.to());
            }
          }
        }
      }
    }

    private void add(String tag, String value) {
      tags.add(new Tag("envoy." + tag, value));
    }

    private void delete(int from, int to) {
      rest = rest.substring(0, from) + rest.substring(to);
      if (origin != null) {
        origin.delete(from, to);
      }
    }

    private String name() {
      if (origin == null || cut.isEmpty()) {
        return rest;
      }
      var name = new StringBuilder();
      for (var i = 0; i < rest.length(); i++) {
        if (!cut.get(origin.charAt(i))) {
          name.append(rest.charAt(i));
        }
      }
      return name.toString();
    }

    /// `_rq_200` and `_rq_2xx` at the end.
    private void responseCode() {
      var end = rest.length();
      var at = rest.lastIndexOf("_rq_");
      if (at < 0 || end != at + 7) {
        return;
      }
      if (digits(at + 4, end) && rules.knows("response_code")) {
        add("response_code", rest.substring(at + 4));
        delete(at + 3, end);
      } else if (digits(at + 4, at + 5)
          && rest.endsWith("xx")
          && rules.knows("response_code_class")) {
        add("response_code_class", rest.substring(at + 4, at + 5));
        delete(at + 4, at + 5);
      }
    }

    /// `ssl.certificate.<name>.expiration_unix_time_seconds`; the name may have dots.
    private void certificate() {
      var at = rest.indexOf(CERTIFICATE);
      if (at > 0 && rest.endsWith(EXPIRATION) && rules.knows("tls_certificate")) {
        var from = at + CERTIFICATE.length();
        var end = rest.length() - EXPIRATION.length();
        if (end > from) {
          add("tls_certificate", rest.substring(from, end));
          delete(from - 1, end);
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
      if (rest.startsWith("http.rds.") && end > 9 && rules.knows("rds_route_config")) {
        add("rds_route_config", rest.substring(9, end));
        delete(8, end);
      }
    }

    private void worker() {
      var at = rest.indexOf(WORKER);
      var end = at < 0 ? -1 : rest.indexOf('.', at + 1);
      if (end > 0 && digits(at + WORKER.length(), end) && rules.knows("worker_id")) {
        add("worker_id", rest.substring(at + WORKER.length(), end));
        delete(at + WORKER.length() - 1, end);
      }
    }

    /// `listener.127.0.0.1_80.`: an address, which has dots of its own; a name stays.
    private void listenerAddress() {
      if (!rest.startsWith("listener.") || !rules.knows("listener_address")) {
        return;
      }
      var from = "listener.".length();
      var end = from;
      while (end < rest.length() && "0123456789abcdefABCDEF_[].".indexOf(rest.charAt(end)) >= 0) {
        end++;
      }
      end = rest.lastIndexOf('.', end - 1);
      if (end > from && rest.substring(from, end).indexOf('_') >= 0) {
        add("listener_address", rest.substring(from, end));
        delete(from, end + 1);
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
      if (end > from && rules.knows(tag)) {
        add(tag, rest.substring(from, end));
        delete(from, end + 1);
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
