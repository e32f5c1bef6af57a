package dev.outrider.proxy.admin;

import dev.outrider.proxy.config.ProxyConfig;
import dev.outrider.proxy.tls.SanType;
import dev.outrider.proxy.tls.ShownCertificate;
import dev.outrider.proxy.tls.TlsEnd;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;

/// `/certs` (Envoy `admin.v3.Certificates`): for each context what signs for peers and what is
/// shown to them.
final class CertsPage {
  private final JsonText json = new JsonText();
  private final Instant now;

  private CertsPage(Instant now) {
    this.now = now;
  }

  static AdminResponse of(ProxyConfig config, Instant now) {
    return AdminResponse.json(new CertsPage(now).text(config.tlsEnds()));
  }

  private String text(Set<TlsEnd> ends) {
    json.beginObject().name("certificates").beginArray();
    ends.stream().filter(TlsEnd::ready).map(TlsEnd::certificates).forEach(this::context);
    return json.endArray().endObject().toString();
  }

  private void context(List<ShownCertificate> all) {
    json.beginObject().name("ca_cert").beginArray();
    all.stream().filter(ShownCertificate::trusted).forEach(this::certificate);
    json.endArray().name("cert_chain").beginArray();
    all.stream().filter(shown -> !shown.trusted()).forEach(this::certificate);
    json.endArray().endObject();
  }

  private void certificate(ShownCertificate shown) {
    var info = shown.info();
    json.beginObject()
        .name("path")
        .value(shown.path())
        .name("serial_number")
        .value(info.serial())
        .name("subject_alt_names")
        .beginArray();
    names("dns", info.sans(SanType.DNS));
    names("uri", info.sans(SanType.URI));
    names("ip_address", info.sans(SanType.IP_ADDRESS));
    json.endArray()
        .name("days_until_expiration")
        .value(Long.toString(info.daysLeft(now)))
        .name("valid_from")
        .value(seconds(info.validFrom()))
        .name("expiration_time")
        .value(seconds(info.expires()))
        .endObject();
  }

  private void names(String kind, List<String> all) {
    all.forEach(name -> json.beginObject().name(kind).value(name).endObject());
  }

  private static String seconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
