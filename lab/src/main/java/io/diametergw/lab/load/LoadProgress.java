package io.diametergw.lab.load;

import java.time.Duration;

/**
 * How far a {@link Load} is.
 *
 * @param total warm-up and measured time
 * @param answered answers so far
 * @param perSecond answers a second since the last progress
 * @param lost requests lost or never sent so far
 */
public record LoadProgress(
    Duration elapsed, Duration total, long answered, double perSecond, long lost) {}
