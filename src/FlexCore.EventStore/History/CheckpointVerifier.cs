using System.Text;
using FlexCore.EventStore.Merkle;

namespace FlexCore.EventStore.History;

/// <summary>Compares the tree with checkpoints, stored ones and those kept elsewhere, in the order of their sizes.</summary>
internal sealed class CheckpointVerifier
{
    private const int PageSize = 1000;

    private readonly ITreeTables _tables;
    private readonly IReadOnlyCollection<VerificationKey> _keys;
    private readonly Findings _findings;
    private readonly Queue<Checkpoint> _stored = [];
    private readonly Queue<Checkpoint> _elsewhere;
    private readonly long _treeSize;
    private readonly long _lastSize;
    private long _read;
    private bool _allRead;
    private bool _treeIsShort;

    /// <summary>Begins behind a size.</summary>
    /// <param name="tables">Where the tree is kept.</param>
    /// <param name="keys">The trusted keys; none when signatures are not judged.</param>
    /// <param name="elsewhere">Checkpoints that are kept elsewhere.</param>
    /// <param name="afterSize">The size up to which stored ones are known.</param>
    /// <param name="lastSize">That of the last one: later ones are of events that are not looked at.</param>
    /// <param name="treeSize">How many events the stored tree is of.</param>
    /// <param name="findings">Where to report.</param>
    public CheckpointVerifier(ITreeTables tables, IReadOnlyCollection<VerificationKey> keys, IEnumerable<SignedNote> elsewhere, long afterSize, long lastSize, long treeSize, Findings findings)
    {
        (_tables, _keys, _findings, _read, _lastSize, _treeSize) = (tables, keys, findings, afterSize, lastSize, treeSize);
        _elsewhere = new(elsewhere.Select(ParseTrusted).OfType<Checkpoint>().OrderBy(checkpoint => checkpoint.Size));
    }

    /// <summary>How many were compared.</summary>
    public long Count { get; private set; }

    /// <summary>Compares those kept elsewhere that are of less than what is recomputed.</summary>
    public async ValueTask CompareOlderAsync(long size, TreeReader tree, CancellationToken cancellationToken)
    {
        while (_elsewhere.TryPeek(out var checkpoint) && checkpoint.Size < size)
        {
            try
            {
                Compare(_elsewhere.Dequeue(), await tree.RootAsync(checkpoint.Size, cancellationToken).ConfigureAwait(false));
            }
            catch (InvalidDataException e)
            {
                _findings.Report(ViolationKind.TreeChanged, checkpoint.Size, streamId: null, e.Message);
            }
        }
    }

    /// <summary>Compares the checkpoints of a size.</summary>
    /// <returns>The next size that there are some of.</returns>
    public async ValueTask<long> CompareAsync(long size, LogHash root, CancellationToken cancellationToken)
    {
        while (true)
        {
            await FillAsync(cancellationToken).ConfigureAwait(false);
            var (stored, elsewhere) = (SizeOfFirst(_stored), SizeOfFirst(_elsewhere));
            if (Math.Min(stored, elsewhere) > size) return Math.Min(stored, elsewhere);
            Compare((stored <= elsewhere ? _stored : _elsewhere).Dequeue(), root);
        }
    }

    /// <summary>Looks at those that are of more events than there are.</summary>
    /// <returns>The greatest size of one, 0 when there is none.</returns>
    public async ValueTask<long> FinishAsync(CancellationToken cancellationToken)
    {
        var greatest = _elsewhere.Count == 0 ? 0 : _elsewhere.Max(checkpoint => checkpoint.Size);
        while (true)
        {
            await FillAsync(cancellationToken).ConfigureAwait(false);
            if (!_stored.TryDequeue(out var checkpoint)) return greatest;
            greatest = Math.Max(greatest, checkpoint.Size);
        }
    }

    private static long SizeOfFirst(Queue<Checkpoint> checkpoints) => checkpoints.TryPeek(out var first) ? first.Size : long.MaxValue;

    private void Compare(Checkpoint checkpoint, LogHash root)
    {
        Count++;
        if (checkpoint.Root != root)
        {
            _findings.Report(
                ViolationKind.CheckpointInconsistent, checkpoint.Size, streamId: null, $"The log up to position {checkpoint.Size} is not the one that a checkpoint of '{checkpoint.Origin}' is of: it has the root {root} instead of {checkpoint.Root}.");
        }
        else if (checkpoint.Size > _treeSize && !_treeIsShort)
        {
            _treeIsShort = true;
            _findings.Report(ViolationKind.TreeChanged, _treeSize + 1, streamId: null, $"The stored tree ends before position {_treeSize + 1}, and there was one of {checkpoint.Size} events.");
        }
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        while (_stored.Count == 0 && !_allRead)
        {
            var page = await _tables.ReadCheckpointsAsync(_read, PageSize, cancellationToken).ConfigureAwait(false);
            foreach (var (size, note) in page.Where(kept => kept.Size <= _lastSize))
            {
                if (Parse(size, note) is { } checkpoint) _stored.Enqueue(checkpoint);
            }

            _allRead = page.Count < PageSize;
            if (page.Count > 0) _read = page[^1].Size;
        }
    }

    private Checkpoint? Parse(long size, string note)
    {
        try
        {
            var signed = SignedNote.Parse(Encoding.UTF8.GetBytes(note));
            var checkpoint = Checkpoint.Parse(signed.Text);
            if (!IsTrusted(signed, size)) return null;
            if (checkpoint.Size == size) return checkpoint;
            _findings.Report(ViolationKind.CheckpointInconsistent, size, streamId: null, $"What is kept as the checkpoint of {size} events is one of {checkpoint.Size}.");
        }
        catch (FormatException e)
        {
            _findings.Report(ViolationKind.ReSigned, size, streamId: null, $"What is kept as the checkpoint of {size} events is none: {e.Message}");
        }

        return null;
    }

    private Checkpoint? ParseTrusted(SignedNote note)
    {
        var checkpoint = Checkpoint.Parse(note.Text);
        return IsTrusted(note, checkpoint.Size) ? checkpoint : null;
    }

    private bool IsTrusted(SignedNote note, long size)
    {
        if (_keys.Count == 0 || note.Verify(_keys)) return true;
        _findings.Report(ViolationKind.ReSigned, size, streamId: null, $"The checkpoint of {size} events is not signed by a trusted key, or was changed after it was signed.");
        return false;
    }
}
