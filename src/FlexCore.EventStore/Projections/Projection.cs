using System.Text.RegularExpressions;

namespace FlexCore.EventStore.Projections;

/// <summary>How events are folded into views: tables from which questions are answered. Everything in them comes from the log, so they can be made anew.</summary>
/// <remarks>
/// A view is read under its plain name, which is an SQL view on the table of the version that serves. When the code changes what a projection makes
/// of events, give it a higher version: that is built beside the one that serves and takes its place when it has caught up.
/// </remarks>
public abstract partial class Projection
{
    /// <summary>Names the projection.</summary>
    /// <param name="name">Lower-case letters, digits and underscores, at most 40, beginning with a letter.</param>
    /// <param name="version">1, 2, 3, …</param>
    /// <param name="views">The names of its views, in the same letters. No other projection may have one of them.</param>
    /// <exception cref="ArgumentException">A name or the version is not of that form.</exception>
    protected Projection(string name, int version, params IReadOnlyList<string> views)
    {
        ArgumentNullException.ThrowIfNull(views);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(version);
        foreach (var word in (string[])[name, .. views])
        {
            if (!Word().IsMatch(word)) throw new ArgumentException($"'{word}' is not of lower-case letters, digits and underscores, beginning with a letter, at most 40.", nameof(name));
        }

        (Name, Version, Views) = (name, version, views);
    }

    /// <summary>What the projection's position is kept under.</summary>
    public string Name { get; }

    /// <summary>Of two, the higher one serves in the end.</summary>
    public int Version { get; }

    /// <summary>The names under which its views are read.</summary>
    public IReadOnlyList<string> Views { get; }

    /// <summary>Which events it folds; all, unless overridden.</summary>
    public virtual LogFilter Filter { get; } = new();

    /// <summary>Makes the empty tables, named by <see cref="ViewTransaction.Table"/>.</summary>
    /// <param name="views">Where.</param>
    /// <param name="cancellationToken">Gives the work up.</param>
    /// <returns>A task that ends when the tables are there.</returns>
    public abstract ValueTask CreateAsync(ViewTransaction views, CancellationToken cancellationToken);

    /// <summary>Folds events into the tables. What it throws undoes the batch; the projection waits at that place and tries again.</summary>
    /// <param name="events">The events, in the order of their positions.</param>
    /// <param name="views">Where; the position is kept in the same transaction.</param>
    /// <param name="cancellationToken">Gives the work up.</param>
    /// <returns>A task that ends when the events are in the views.</returns>
    public abstract ValueTask ApplyAsync(IReadOnlyList<RecordedEvent> events, ViewTransaction views, CancellationToken cancellationToken);

    /// <summary>
    /// Told of events that are in the views which serve, for side effects; never of those folded while a version or a rebuild catches up. At most
    /// once for each event: not when the process dies between the commit and this, and what this throws is not heard of.
    /// </summary>
    /// <param name="events">The events of the batch.</param>
    /// <param name="cancellationToken">Gives the work up.</param>
    /// <returns>A task that ends when the side effects are done.</returns>
    public virtual ValueTask CommittedAsync(IReadOnlyList<RecordedEvent> events, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    [GeneratedRegex("^[a-z][a-z0-9_]{0,39}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();
}
