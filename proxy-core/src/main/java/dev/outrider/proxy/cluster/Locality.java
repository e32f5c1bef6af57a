package dev.outrider.proxy.cluster;

/// Where an endpoint runs; empty strings where unknown (Envoy core.v3.Locality).
public record Locality(String region, String zone, String subZone) {
  public static final Locality NONE = new Locality("", "", "");
}
