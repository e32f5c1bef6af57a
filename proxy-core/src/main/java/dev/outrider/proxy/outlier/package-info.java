/// Which hosts fail their requests so often that they get none for a while (Envoy
/// `cluster.v3.OutlierDetection`).
///
/// Workers count in an [OutlierMonitor][dev.outrider.proxy.outlier.OutlierMonitor] per host and
/// post what crosses a threshold; the [OutlierDetector][dev.outrider.proxy.outlier.OutlierDetector]
/// of the cluster, on the main loop, ejects and takes back. Depends on `cluster`, `metrics` and
/// `loop`. Read the detector first.
@NullMarked
package dev.outrider.proxy.outlier;

import org.jspecify.annotations.NullMarked;
