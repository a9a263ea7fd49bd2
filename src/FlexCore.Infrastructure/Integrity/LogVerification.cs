using System.Text;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Integrity;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Events;

namespace FlexCore.Infrastructure.Integrity;

/// <summary>Verifies the log against its own hashes, the checkpoints in it, the one in the data directory, and those that somebody has kept elsewhere.</summary>
internal sealed class LogVerification : IDisposable
{
    // Each reads the whole log: side by side they would only be slower.
    private readonly SemaphoreSlim _turn = new(1);
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

    /// <summary>Verifies, when those have ended that were asked for before.</summary>
    /// <param name="evidence">What somebody has kept elsewhere.</param>
    /// <param name="sinceLast">Begins behind the checkpoint up to which the log was verified last.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>What was found.</returns>
    public async Task<VerificationReport> VerifyAsync(HistoryEvidence evidence, bool sinceLast, IProgress<VerificationProgress>? progress, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await VerifyInTurnAsync(evidence, sinceLast, progress, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>A checkpoint that somebody has kept.</summary>
    /// <exception cref="FlexCoreException">The text is none.</exception>
    public static SignedNote ParseNote(string text) => Parse("the checkpoint", () => ParseNote(Encoding.UTF8.GetBytes(text)));

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<VerificationReport> VerifyInTurnAsync(HistoryEvidence evidence, bool sinceLast, IProgress<VerificationProgress>? progress, CancellationToken cancellationToken)
    {
        List<SignedNote> kept = [.. evidence.Checkpoints.Select(ParseNote)];
        var published = TryReadNote(_published);
        if (published is not null) kept.Add(published);
        var options = new VerificationOptions
        {
            Against = kept,
            TrustedKeys = await TrustedKeysAsync(evidence.Keys, cancellationToken),
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

    private async Task<IReadOnlyCollection<VerificationKey>> TrustedKeysAsync(IReadOnlyList<string> given, CancellationToken cancellationToken)
    {
        try
        {
            if (await _store.History.GetOriginAsync(cancellationToken) is not { } origin) return [];
            if (given.Count > 0) return [.. given.Select(key => Parse("the public key", () => VerificationKey.FromPem(origin, key)))];
            var named = (await _log.ReadAsync(EventStreams.SigningKeys, cancellationToken)).Select(fact => fact.Event).OfType<SigningKeyAdded>();
            return [.. named.Select(added => VerificationKey.FromPem(origin, $"-----BEGIN PUBLIC KEY-----\n{added.PublicKey}\n-----END PUBLIC KEY-----\n"))];
        }
        catch (Exception e) when (e is ArgumentException or FormatException || (given.Count == 0 && e is FlexCoreException))
        {
            // The first event, or one that names a key, was changed: that is found below, and nothing that it says is trusted.
            return [];
        }
    }

    /// <summary>What lies in the data directory is no input of the user: what cannot be read is found, not refused.</summary>
    private static SignedNote? TryReadNote(string file)
    {
        try
        {
            return new FileInfo(file) is { Exists: true, Length: <= SignedNote.MaxSize } ? ParseNote(File.ReadAllBytes(file)) : null;
        }
        catch (FormatException)
        {
            return null;
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw new FlexCoreException(new Error(ErrorCodes.FileUnreadable, $"the file {file} cannot be read: {e.Message}"), e);
        }
    }

    private static SignedNote ParseNote(byte[] bytes)
    {
        var note = SignedNote.Parse(bytes);
        _ = Checkpoint.Parse(note.Text);
        return note;
    }

    private static T Parse<T>(string what, Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (FormatException e)
        {
            throw new FlexCoreException(new Error(ErrorCodes.ProofInputInvalid, $"{what}: {e.Message}"), e);
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
