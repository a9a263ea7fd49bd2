using FlexCore.EventStore.Archives;
using FlexCore.EventStore.Merkle;

namespace FlexCore.EventStore.History;

/// <summary>
/// One pass over the log: while a page is read, the digests of the one before it are computed by all processors, and the one before that is compared in sequence
/// with its streams, the tree and the checkpoints.
/// </summary>
internal sealed class LogVerification : IDisposable
{
    private readonly LogPages _pages;
    private readonly ChainVerifier _chains;
    private readonly TreeVerifier _tree;
    private readonly Findings _findings;
    private readonly long _after;
    private LogPage? _page;
    private LogPage? _ahead;
    private long _next;

    private LogVerification(LogPages pages, TreeVerifier tree, Findings findings, long after)
    {
        (_pages, _tree, _findings, _after, _next) = (pages, tree, findings, after, after + 1);
        _chains = new ChainVerifier(findings);
    }

    public static async ValueTask<VerificationReport> RunAsync(
        IEventStore store, ITreeTables tables, IArchiveTables archive, VerificationOptions options, IProgress<VerificationProgress>? progress, CancellationToken cancellationToken)
    {
        // In this order, nothing is missing that was written meanwhile: a checkpoint is of a tree, and a tree of events.
        var lastCheckpoint = (await tables.ReadLastCheckpointAsync(cancellationToken).ConfigureAwait(false))?.Size ?? 0;
        var size = await tables.ReadSizeAsync(cancellationToken).ConfigureAwait(false);
        var last = await store.GetLastPositionAsync(cancellationToken).ConfigureAwait(false);

        var reader = new TreeReader(tables);
        var resumed = await ResumeAsync(reader, Math.Min(size, last), options, cancellationToken).ConfigureAwait(false);
        var against = resumed is null && options.AfterVerified is { } distrusted ? [.. options.Against, distrusted] : options.Against;
        var builder = resumed ?? new TreeBuilder();
        var after = builder.Size;

        var findings = new Findings(options.MaxViolations);
        var checkpoints = new CheckpointVerifier(tables, options.TrustedKeys, against, after == 0 ? long.MinValue : after, lastCheckpoint, size, findings);
        await checkpoints.CompareOlderAsync(after, reader, cancellationToken).ConfigureAwait(false);
        var tree = new TreeVerifier(tables, builder, size, checkpoints, findings);
        using var verification = new LogVerification(new LogPages(store, archive, after, last), tree, findings, after);
        var events = await verification.RunAsync(position => progress?.Report(new VerificationProgress(position, last)), cancellationToken).ConfigureAwait(false);
        return new VerificationReport
        {
            AfterPosition = after,
            LastPosition = last,
            Events = events,
            Streams = verification._chains.Streams,
            TreeSize = size,
            Root = tree.Root,
            Checkpoints = checkpoints.Count,
            SignaturesVerified = options.TrustedKeys.Count > 0,
            ViolationCount = findings.Count,
            Violations = findings.Listed,
        };
    }

    public void Dispose()
    {
        _page?.Dispose();
        _ahead?.Dispose();
    }

    /// <returns>The tree of the checkpoint that was verified before; null when there is none, or the stored tree is no longer that one.</returns>
    private static async ValueTask<TreeBuilder?> ResumeAsync(TreeReader reader, long maxSize, VerificationOptions options, CancellationToken cancellationToken)
    {
        if (options.AfterVerified is not { } note) return null;
        var checkpoint = Checkpoint.Parse(note.Text);
        if (options.TrustedKeys.Count > 0 && !note.Verify(options.TrustedKeys)) throw new ArgumentException("The checkpoint to begin behind is not signed by a trusted key.", nameof(options));
        if (checkpoint.Size > maxSize) return null;
        try
        {
            var tree = await reader.ResumeAsync(checkpoint.Size, cancellationToken).ConfigureAwait(false);
            return tree.Root == checkpoint.Root ? tree : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <returns>How many events there were.</returns>
    private async ValueTask<long> RunAsync(Action<long> progress, CancellationToken cancellationToken)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var read = ReadAsync(reading.Token);
        try
        {
            await _tree.BeginAsync(cancellationToken).ConfigureAwait(false);
            var events = 0L;
            do
            {
                _page?.Dispose();
                (_page, _ahead) = (_ahead, null);
                _ahead = await read.ConfigureAwait(false);
                if (!_ahead.IsLast) read = ReadAsync(reading.Token);
                _ahead.Compute();
                if (_page is null) continue;
                await FollowAsync(_page, _ahead, cancellationToken).ConfigureAwait(false);
                await _tree.CompareTilesAsync(cancellationToken).ConfigureAwait(false);
                events += _page.Count;
                progress(_next - 1);
            }
            while (!_ahead.IsLast);

            TakeUnreadable(_ahead);
            await _tree.FinishAsync(_next - 1, cancellationToken).ConfigureAwait(false);
            return events;
        }
        finally
        {
            await reading.CancelAsync().ConfigureAwait(false);
            await ((Task)read).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Task<LogPage> ReadAsync(CancellationToken cancellationToken) => Task.Run(() => _pages.ReadAsync(cancellationToken), cancellationToken);

    private async ValueTask FollowAsync(LogPage page, LogPage ahead, CancellationToken cancellationToken)
    {
        TakeUnreadable(page);
        for (var i = 0; i < page.Count; i++)
        {
            var recorded = page[i];
            if (recorded.Position != _next) await TakeGapAsync(page, i, cancellationToken).ConfigureAwait(false);
            _next = recorded.Position + 1;
            if (_after > 0 && recorded.Version > 1 && !_chains.Knows(recorded.StreamId))
                _chains.Begin(recorded.StreamId, await _pages.ReadHeadAsync(recorded, _after, cancellationToken).ConfigureAwait(false));

            var place = await _tree.PlaceAsync(page, i, ahead, cancellationToken).ConfigureAwait(false);
            _chains.Follow(recorded, page.Digest(i), place);
        }
    }

    private void TakeUnreadable(LogPage page)
    {
        if (page.UnreadableFrom == 0) return;
        _findings.Lost += page.UnreadableTo - page.UnreadableFrom + 1;
        _findings.Report(ViolationKind.Changed, page.UnreadableFrom, streamId: null, $"{Events(page.UnreadableFrom, page.UnreadableTo)} cannot be read: a value was changed to one that no store writes.");
        _next = page.UnreadableTo + 1;
    }

    private async ValueTask TakeGapAsync(LogPage page, int i, CancellationToken cancellationToken)
    {
        var recorded = page[i];
        if (await _tree.IsOnlyMovedAsync(_next, page, i, cancellationToken).ConfigureAwait(false))
        {
            _findings.Report(ViolationKind.Reordered, recorded, $"was at position {_next}; those behind it were moved likewise.");
            return;
        }

        _findings.Lost += recorded.Position - _next;
        _findings.Report(ViolationKind.Removed, _next, streamId: null, $"{Events(_next, recorded.Position - 1)} {(recorded.Position - 1 == _next ? "is" : "are")} missing.");
    }

    private static string Events(long first, long last) => first == last ? $"The event at position {first}" : $"The events at the positions {first} to {last}";
}
