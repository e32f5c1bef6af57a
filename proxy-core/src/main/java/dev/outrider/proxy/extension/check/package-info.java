/// Looks over encoded configuration before anybody parses it: what breaks Envoy's validation rules,
/// and what is set although Outrider does not act on it.
///
/// Depends on `extension` and `extension.schema`. Immutable; any control thread. Read
/// [dev.outrider.proxy.extension.check.SchemaValidator] first. The fields that Outrider acts on
/// stand in `dev/outrider/proxy/supported-fields.txt`, each with the test that proves it: whoever
/// parses a new field adds a line.
@NullMarked
package dev.outrider.proxy.extension.check;

import org.jspecify.annotations.NullMarked;
