using FlexCore.Domain;
using FlexCore.EventStore;
using FlexCore.EventStore.Projections;
using FlexCore.Infrastructure.Events;

namespace FlexCore.Infrastructure.ReadModels;

/// <summary>A projection of domain events into one table.</summary>
internal abstract class DomainProjection(string name, int version, string columns) : Projection(name, version, name)
{
    /// <inheritdoc/>
    public override async ValueTask CreateAsync(ViewTransaction views, CancellationToken cancellationToken) =>
        await views.ExecuteAsync($"CREATE TABLE {views.Table(Name)} ({columns})", cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask ApplyAsync(IReadOnlyList<RecordedEvent> events, ViewTransaction views, CancellationToken cancellationToken)
    {
        foreach (var recorded in events) await ApplyAsync(new Fold(recorded, EventCodec.Decode(recorded), views, views.Table(Name), cancellationToken));
    }

    /// <summary>Folds one event into the table.</summary>
    protected abstract ValueTask ApplyAsync(Fold fold);

    /// <summary>An event on its way into a table.</summary>
    /// <param name="Recorded">The event as it is stored.</param>
    /// <param name="Event">What it says.</param>
    /// <param name="Views">Where to.</param>
    /// <param name="Table">The table, quoted.</param>
    /// <param name="Token">Gives the work up.</param>
    protected sealed record Fold(RecordedEvent Recorded, IDomainEvent Event, ViewTransaction Views, string Table, CancellationToken Token)
    {
        /// <summary>What stands behind the category in the stream's id.</summary>
        public string Id => Recorded.StreamId[(Recorded.StreamId.IndexOf('-', StringComparison.Ordinal) + 1)..];

        /// <summary>When the event was stored, in microseconds since 1970-01-01 UTC.</summary>
        public long At => (Recorded.RecordedAt - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

        public async ValueTask ExecuteAsync(string sql, params (string Name, object? Value)[] parameters) => await Views.ExecuteAsync(sql, Token, parameters);
    }
}
