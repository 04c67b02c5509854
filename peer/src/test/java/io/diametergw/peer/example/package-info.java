/** What `peer/README.md` shows. */
@NullMarked
package io.diametergw.peer.example;

import org.jspecify.annotations.NullMarked;
