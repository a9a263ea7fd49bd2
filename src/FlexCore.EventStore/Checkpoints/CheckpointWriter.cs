using System.Text;

namespace FlexCore.EventStore.Checkpoints;

/// <summary>Signs the log as it is, and hands the note on.</summary>
internal sealed class CheckpointWriter(CheckpointOptions options, LogHistory history)
{
    private string? _published;

    /// <summary>The size of the log that the last note of the store is of, 0 when there is none that can be read.</summary>
    public async ValueTask<long> ReadLastSizeAsync(CancellationToken cancellationToken) =>
        await FindLastAsync(cancellationToken).ConfigureAwait(false) is { } last ? Checkpoint.Parse(last.Text).Size : 0;

    public async ValueTask<SignedNote?> WriteAsync(CancellationToken cancellationToken)
    {
        var (size, root) = await history.SealAsync(cancellationToken).ConfigureAwait(false);
        if (await history.GetOriginAsync(cancellationToken).ConfigureAwait(false) is not { } origin) return null;
        if (await FindLastAsync(cancellationToken).ConfigureAwait(false) is not { } note || Checkpoint.Parse(note.Text).Size != size)
        {
            using var key = SigningKey.FromPem(origin, options.Key);
            note = SignedNote.Sign(new Checkpoint(origin, size, root).ToString(), key);
            await history.Tables.WriteCheckpointAsync(size, note.ToString(), cancellationToken).ConfigureAwait(false);
        }

        if (_published != note.Text) await options.Publish(note, cancellationToken).ConfigureAwait(false);
        _published = note.Text;
        return note;
    }

    private async ValueTask<SignedNote?> FindLastAsync(CancellationToken cancellationToken)
    {
        if (await history.ReadLastCheckpointAsync(cancellationToken).ConfigureAwait(false) is not { } last) return null;
        try
        {
            var note = SignedNote.Parse(Encoding.UTF8.GetBytes(last));
            _ = Checkpoint.Parse(note.Text);
            return note;
        }
        catch (FormatException)
        {
            // Somebody has changed it, which verifying says. Here a good one follows.
            return null;
        }
    }
}
