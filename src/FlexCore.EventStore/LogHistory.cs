using FlexCore.EventStore.Archives;
using FlexCore.EventStore.History;
using FlexCore.EventStore.Merkle;

namespace FlexCore.EventStore;

/// <summary>The log as a Merkle tree in the manner of RFC 9162, of which an event's hash is a leaf: what makes its history provable to others.</summary>
public sealed class LogHistory
{
    private const int PageSize = 10_000;

    private readonly ITreeTables _tables;
    private readonly IArchiveTables _archive;
    private readonly TreeReader _tree;
    private readonly IEventStore _store;
    private TreeBuilder? _builder;

    internal LogHistory(IEventStore store, ITreeTables tables, IArchiveTables archive) => (_store, _tables, _archive, _tree) = (store, tables, archive, new TreeReader(tables));

    internal ITreeTables Tables => _tables;

    /// <summary>Brings the tree up to the end of the log. Any number of processes may do so at once: they come to the same tree.</summary>
    /// <param name="cancellationToken">Gives it up; what is done stays done.</param>
    /// <returns>How many events the tree is of, and its root.</returns>
    /// <exception cref="InvalidDataException">An event is missing, or the tree is not whole: somebody has changed the database.</exception>
    /// <exception cref="EventStoreUnavailableException">The store cannot be used.</exception>
    public async ValueTask<(long Size, LogHash Root)> SealAsync(CancellationToken cancellationToken = default)
    {
        // Taken, so that nobody else uses it meanwhile, and half-done work is not gone on with.
        var builder = Interlocked.Exchange(ref _builder, null)
            ?? await _tree.ResumeAsync(await _tables.ReadSizeAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        while (await _tables.ReadHashesAsync(builder.Size, PageSize, cancellationToken).ConfigureAwait(false) is { Count: > 0 } page)
        {
            if (page[0].Position != builder.Size + 1 && await _tables.ReadSizeAsync(cancellationToken).ConfigureAwait(false) is var ahead && ahead > builder.Size)
            {
                // Another process has sealed them, and then they have left.
                builder = await _tree.ResumeAsync(ahead, cancellationToken).ConfigureAwait(false);
                continue;
            }

            foreach (var (position, hash) in page)
            {
                if (position != builder.Size + 1) throw new InvalidDataException($"There is no event at position {builder.Size + 1}.");
                builder.Add(MerkleHash.Leaf(hash));
            }

            await _tables.WriteTilesAsync(builder.TakeTiles(), cancellationToken).ConfigureAwait(false);
        }

        var (size, root) = (builder.Size, builder.Root);
        _builder = builder;
        return (size, root);
    }

    /// <summary>The name under which this log is signed: <c>flexcore/</c> and the beginning of its first event's hash, so that a copy of the log has it too.</summary>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The name; null while the log is empty.</returns>
    public async ValueTask<string?> GetOriginAsync(CancellationToken cancellationToken = default)
    {
        const int Digits = 16;
        return await ReadFirstHashAsync(cancellationToken).ConfigureAwait(false) is { } hash ? $"flexcore/{Convert.ToHexStringLower(hash.ToArray())[..Digits]}" : null;
    }

    /// <summary>The root of the tree when it was of so many events.</summary>
    /// <param name="size">How many, at most as many as are sealed.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The root.</returns>
    /// <exception cref="InvalidDataException">The tree is not of so many.</exception>
    public ValueTask<LogHash> GetRootAsync(long size, CancellationToken cancellationToken = default) => _tree.RootAsync(size, cancellationToken);

    /// <summary>Proves that an event is in the log of a checkpoint.</summary>
    /// <param name="position">The event's position.</param>
    /// <param name="checkpoint">A checkpoint behind it.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The proof; null when there is no such event before the checkpoint.</returns>
    /// <exception cref="FormatException">The note is no checkpoint.</exception>
    /// <exception cref="InvalidDataException">The tree is not of so many events.</exception>
    public async ValueTask<InclusionProof?> ProveAsync(long position, SignedNote checkpoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var size = Checkpoint.Parse(checkpoint.Text).Size;
        if (position < 1 || position > size || await _store.ReadLogAsync(position - 1, 1, new LogFilter(), cancellationToken).ConfigureAwait(false) is not [var recorded]) return null;
        var previous = await _store.ReadStreamBackwardsAsync(recorded.StreamId, recorded.Version - 1, 1, cancellationToken).ConfigureAwait(false);
        var path = await _tree.ProveInclusionAsync(position - 1, size, cancellationToken).ConfigureAwait(false);
        return new InclusionProof(recorded, previous is [var before] ? before.Hash : default, path, checkpoint);
    }

    /// <summary>Proves that the log of a checkpoint begins with that of an older one.</summary>
    /// <param name="older">The older checkpoint.</param>
    /// <param name="newer">The newer one.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The proof.</returns>
    /// <exception cref="FormatException">A note is no checkpoint.</exception>
    /// <exception cref="InvalidDataException">The tree is not of so many events.</exception>
    public async ValueTask<ConsistencyProof> ProveConsistencyAsync(SignedNote older, SignedNote newer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(older);
        ArgumentNullException.ThrowIfNull(newer);
        var (oldSize, newSize) = (Checkpoint.Parse(older.Text).Size, Checkpoint.Parse(newer.Text).Size);
        return new ConsistencyProof(older, newer, await _tree.ProveConsistencyAsync(oldSize, newSize, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Reads the checkpoint with the greatest size, as it stands there.</summary>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>A signed note; null when there is none.</returns>
    public async ValueTask<string?> ReadLastCheckpointAsync(CancellationToken cancellationToken = default) =>
        (await _tables.ReadLastCheckpointAsync(cancellationToken).ConfigureAwait(false))?.Note;

    /// <summary>Reads the checkpoints that the store keeps, as they stand there: nothing of them is verified.</summary>
    /// <param name="afterSize">The size of the last one of the page before, 0 for the first page.</param>
    /// <param name="maxCount">How many to read at most.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>Signed notes, by size.</returns>
    public async ValueTask<IReadOnlyList<string>> ReadCheckpointsAsync(long afterSize = 0, int maxCount = 1000, CancellationToken cancellationToken = default)
    {
        var checkpoints = await _tables.ReadCheckpointsAsync(afterSize, maxCount, cancellationToken).ConfigureAwait(false);
        return [.. checkpoints.Select(checkpoint => checkpoint.Note)];
    }

    private async ValueTask<LogHash?> ReadFirstHashAsync(CancellationToken cancellationToken)
    {
        // The table first: what leaves it meanwhile is then seen in the archive.
        var inTable = await _tables.ReadHashesAsync(0, 1, cancellationToken).ConfigureAwait(false);
        if (inTable is [(1, var hash)]) return hash;
        return await _archive.ReadSegmentsAsync(cancellationToken).ConfigureAwait(false) is [var segment, ..] ? segment.FirstHash : inTable is [var (_, other)] ? other : null;
    }

    /// <summary>Recomputes the whole history, in one pass over the log, and compares it with what is stored: hashes, tree and checkpoints.</summary>
    /// <remarks>
    /// <para>What follows from the content of the events and from checkpoints is found; who can write the database can also make hashes and tree anew, and then only a
    /// checkpoint whose key he does not have tells. A checkpoint that was removed from the store is missed only when it is kept elsewhere: <see cref="VerificationOptions.Against"/>.</para>
    /// <para>Events behind the last checkpoint, or behind the end of the tree, are held together by their streams alone: the last ones of a stream can be gone unnoticed.</para>
    /// <para>It keeps the end of every stream in memory, some 200 bytes each. Events that are appended meanwhile are left for the next time.</para>
    /// </remarks>
    /// <param name="options">What to compare with, and where to begin.</param>
    /// <param name="progress">Told after every page.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="FormatException">A note of the options is no checkpoint.</exception>
    /// <exception cref="ArgumentException">The checkpoint to begin behind is not signed by a trusted key.</exception>
    /// <exception cref="EventStoreUnavailableException">The store cannot be used.</exception>
    public ValueTask<VerificationReport> VerifyAsync(
        VerificationOptions? options = null, IProgress<VerificationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        LogVerification.RunAsync(_store, _tables, _archive, options ?? new VerificationOptions(), progress, cancellationToken);
}
