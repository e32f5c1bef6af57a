package dev.outrider.proxy.tls;

import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.metrics.StatTemplate;
import java.util.ArrayList;
import java.util.List;

/// When the certificates of a context end:
/// `<prefix>.certificate.<name>.expiration_unix_time_seconds`. A certificate has the name of its
/// secret; those without one share a name, as in Envoy, and the last of them is told.
public final class CertificateStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();
  private static final int EXPIRATION = STATS.gauge("expiration_unix_time_seconds");
  private static final StatTemplate TEMPLATE = STATS.template();

  /// Envoy's names, with the hash of nothing.
  private static final String UNNAMED = "unnamed_cert_e3b0c442";

  private static final String UNNAMED_AUTHORITY = "unnamed_ca_cert_e3b0c442";

  private CertificateStats() {}

  /// Tells of all that a context shows and trusts. Returns what is to be released when it no longer
  /// serves.
  ///
  /// @param prefix `listener.<address>.ssl`, without a dot at the end
  /// @param named secrets of the last of our own certificates, in order
  /// @param authority secret of those that are trusted; empty = none
  public static List<StatOwner> tell(
      MetricRegistry metrics,
      String prefix,
      List<ShownCertificate> certificates,
      List<String> named,
      String authority) {
    var owners = new ArrayList<StatOwner>();
    var unnamed = certificates.stream().filter(each -> !each.trusted()).count() - named.size();
    var own = 0;
    for (var each : certificates) {
      String name;
      if (each.trusted()) {
        name = authority.isEmpty() ? UNNAMED_AUTHORITY : authority;
      } else {
        name = own < unnamed ? UNNAMED : named.get((int) (own - unnamed));
        own++;
      }
      var owner = metrics.owner(TEMPLATE, prefix + ".certificate." + name);
      owner.set(EXPIRATION, each.info().expires().getEpochSecond());
      owners.add(owner);
    }
    return List.copyOf(owners);
  }
}
