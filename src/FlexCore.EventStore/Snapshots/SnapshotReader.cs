using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace FlexCore.EventStore;

/// <summary>Folds streams into states, beginning with a snapshot where there is one to be trusted.</summary>
/// <remarks>
/// A snapshot carries a digest of its state, its shape, and the place and id of the last event in it. It is used only when the stream has that very event
/// at that place; one that is damaged, ahead of the stream, or of another stream or shape is thrown away, and the stream is read from its beginning.
/// A state into which personal data were revealed is never kept.
/// </remarks>
/// <typeparam name="TState">The state.</typeparam>
/// <param name="store">Where the events are.</param>
/// <param name="snapshots">Where the snapshots are: each of our stores keeps its own.</param>
/// <param name="shape">How events become a state.</param>
/// <param name="every">A snapshot is kept when so many events had to be read.</param>
/// <param name="personalData">Reveals events before they are folded; without it they are folded as the store has them.</param>
public sealed class SnapshotReader<TState>(IEventStore store, ISnapshots snapshots, StateShape<TState> shape, int every, PersonalData? personalData = null)
{
    private const int PageSize = 1000;

    // What is folded out of revealed events is another state than what is folded out of the same events as the store has them.
    private readonly string _shape = personalData is null ? shape.Name : $"{shape.Name} revealed";

    /// <summary>Folds a stream.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="cancellationToken">Gives the reading up.</param>
    /// <returns>The state, and the version of the stream that it is of: 0 when there is no such stream.</returns>
    /// <exception cref="EventStoreUnavailableException">The store cannot be read. That a snapshot cannot be kept is no failure.</exception>
    public async ValueTask<(TState State, long Version)> ReadAsync(string streamId, CancellationToken cancellationToken = default)
    {
        var (state, start) = await FindAsync(streamId, cancellationToken).ConfigureAwait(false);
        RecordedEvent? last = null;
        var isPersonal = false;
        IReadOnlyList<RecordedEvent> page;
        do
        {
            page = await store.ReadStreamAsync(streamId, (last?.Version ?? start) + 1, PageSize, cancellationToken).ConfigureAwait(false);
            var events = personalData is null ? page : await personalData.RevealAsync(page, cancellationToken).ConfigureAwait(false);
            isPersonal = isPersonal || !ReferenceEquals(events, page);
            foreach (var recorded in events) (state, last) = (shape.Apply(state, recorded), recorded);
        }
        while (page.Count == PageSize);

        if (!isPersonal && last is not null && last.Version - start >= every) await TryAsync(snapshots.SaveSnapshotAsync(Seal(state, last), cancellationToken)).ConfigureAwait(false);
        return (state, last?.Version ?? start);
    }

    private async ValueTask<(TState State, long Version)> FindAsync(string streamId, CancellationToken cancellationToken)
    {
        if (await snapshots.FindSnapshotAsync(streamId, cancellationToken).ConfigureAwait(false) is not { } snapshot) return (shape.Empty, 0);
        var events = await store.ReadStreamAsync(streamId, snapshot.Version, maxCount: 1, cancellationToken).ConfigureAwait(false);
        if (events.Count == 1 && events[0].Version == snapshot.Version && Open(snapshot, events[0]) is { } opened) return (opened.State, snapshot.Version);
        await TryAsync(snapshots.RemoveSnapshotAsync(snapshot, cancellationToken)).ConfigureAwait(false);
        return (shape.Empty, 0);
    }

    private static async ValueTask TryAsync(ValueTask work)
    {
        try
        {
            await work.ConfigureAwait(false);
        }
        catch (EventStoreUnavailableException)
        {
            // The state is right without it; whoever reads next tries again.
        }
    }

    private Snapshot Seal(TState state, RecordedEvent last)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(state, shape.Json);
        return new Snapshot(last.StreamId, last.Version, _shape, (byte[])[.. Digest(last, json), .. json]);
    }

    /// <returns>Null when it is not what this reader has sealed at that event.</returns>
    private Opened? Open(Snapshot snapshot, RecordedEvent last)
    {
        if (snapshot.Shape != _shape || snapshot.State.Length < SHA256.HashSizeInBytes) return null;
        var json = snapshot.State.Span[SHA256.HashSizeInBytes..];
        if (!snapshot.State.Span[..SHA256.HashSizeInBytes].SequenceEqual(Digest(last, json))) return null;
        try
        {
            return new Opened(JsonSerializer.Deserialize(json, shape.Json)!);
        }
        catch (JsonException)
        {
            // The members of the state have changed, and the name of the shape has not.
            return null;
        }
    }

    private byte[] Digest(RecordedEvent last, ReadOnlySpan<byte> json)
    {
        Span<byte> place = stackalloc byte[sizeof(long) + 16];
        BinaryPrimitives.WriteInt64LittleEndian(place, last.Version);
        last.Id.TryWriteBytes(place[sizeof(long)..]);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{last.StreamId}\0{_shape}\0"));
        hash.AppendData(place);
        hash.AppendData(json);
        return hash.GetHashAndReset();
    }

    private sealed record Opened(TState State);
}
