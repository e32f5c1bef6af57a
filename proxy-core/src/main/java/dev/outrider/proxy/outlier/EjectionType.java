package dev.outrider.proxy.outlier;

/// Why a host is ejected (Envoy `data.cluster.v3.OutlierEjectionType`).
public enum EjectionType {
  CONSECUTIVE_5XX,
  CONSECUTIVE_GATEWAY_FAILURE,
  SUCCESS_RATE,
  CONSECUTIVE_LOCAL_ORIGIN_FAILURE,
  SUCCESS_RATE_LOCAL_ORIGIN,
  FAILURE_PERCENTAGE,
  FAILURE_PERCENTAGE_LOCAL_ORIGIN
}
