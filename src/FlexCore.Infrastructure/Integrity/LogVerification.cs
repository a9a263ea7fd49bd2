using System.Text;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Integrity;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Events;

namespace FlexCore.Infrastructure.Integrity;

/// <summary>Verifies the log against its own hashes, the checkpoints in it, the one in the data directory, and those that somebody has kept elsewhere.</summary>
internal sealed class LogVerification
{
    private readonly IEventStore _store;
    private readonly EventLog _log;
    private readonly string _published;
    private readonly string _verified;

    public LogVerification(IEventStore store, EventLog log, string dataDirectory)
    {
        (_store, _log) = (store, log);
        _published = Path.Combine(dataDirectory, CheckpointPublisher.FileName);
        _verified = Path.Combine(dataDirectory, "verified.txt");
    }

    /// <summary>Verifies.</summary>
    /// <param name="against">Files with checkpoints that were kept elsewhere.</param>
    /// <param name="keys">Files with the public keys that are trusted; when there is none, those that the log names.</param>
    /// <param name="sinceLast">Begins behind the checkpoint up to which the log was verified last.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>What was found.</returns>
    public async Task<VerificationReport> VerifyAsync(
        IReadOnlyList<string> against, IReadOnlyList<string> keys, bool sinceLast, IProgress<VerificationProgress>? progress, CancellationToken cancellationToken)
    {
        List<SignedNote> kept = [.. against.Select(ReadNote)];
        var published = TryReadNote(_published);
        if (published is not null) kept.Add(published);
        var options = new VerificationOptions
        {
            Against = kept,
            TrustedKeys = await TrustedKeysAsync(keys, cancellationToken),
            AfterVerified = sinceLast ? TryReadNote(_verified) : null,
        };
        var report = await EventLog.Translate(() => _store.History.VerifyAsync(options, progress, cancellationToken));
        if (published is null && File.Exists(_published))
        {
            var changed = new LogViolation(ViolationKind.ReSigned, report.LastPosition, null, $"{_published} is no signed checkpoint any more.");
            report = report with { ViolationCount = report.ViolationCount + 1, Violations = [.. report.Violations, changed] };
        }

        if (report is { IsIntact: true, SignaturesVerified: true } && await _store.History.ReadLastCheckpointAsync(cancellationToken) is { } last) Keep(last);
        return report;
    }

    private async Task<IReadOnlyCollection<VerificationKey>> TrustedKeysAsync(IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        try
        {
            if (await _store.History.GetOriginAsync(cancellationToken) is not { } origin) return [];
            if (files.Count > 0) return [.. files.Select(file => ReadKey(file, origin))];
            var named = (await _log.ReadAsync(EventStreams.SigningKeys, cancellationToken)).Select(fact => fact.Event).OfType<SigningKeyAdded>();
            return [.. named.Select(added => VerificationKey.FromPem(origin, $"-----BEGIN PUBLIC KEY-----\n{added.PublicKey}\n-----END PUBLIC KEY-----\n"))];
        }
        catch (Exception e) when (e is ArgumentException or FormatException || (files.Count == 0 && e is FlexCoreException))
        {
            // The first event, or one that names a key, was changed: that is found below, and nothing that it says is trusted.
            return [];
        }
    }

    private static VerificationKey ReadKey(string file, string origin) => Read(file, bytes => VerificationKey.FromPem(origin, Encoding.UTF8.GetString(bytes)));

    public static SignedNote ReadNote(string file) => Read(file, bytes =>
    {
        var note = SignedNote.Parse(bytes);
        _ = Checkpoint.Parse(note.Text);
        return note;
    });

    /// <summary>What lies in the data directory is no input of the user: what cannot be read is found, not refused.</summary>
    private static SignedNote? TryReadNote(string file)
    {
        try
        {
            return File.Exists(file) ? ReadNote(file) : null;
        }
        catch (FlexCoreException e) when (e.Error.Code == ErrorCodes.ProofInputInvalid)
        {
            return null;
        }
    }

    private static T Read<T>(string file, Func<byte[], T> parse)
    {
        try
        {
            if (new FileInfo(file).Length > SignedNote.MaxSize) throw new FormatException($"It is larger than {SignedNote.MaxSize / 1024} KiB.");
            return parse(File.ReadAllBytes(file));
        }
        catch (FormatException e)
        {
            throw new FlexCoreException(new Error(ErrorCodes.ProofInputInvalid, $"{file}: {e.Message}"), e);
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw new FlexCoreException(new Error(ErrorCodes.FileUnreadable, $"the file {file} cannot be read: {e.Message}"), e);
        }
    }

    private void Keep(string checkpoint)
    {
        try
        {
            File.WriteAllText(_verified, checkpoint);
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw DataDirectory.Failed(e);
        }
    }
}
