using System.Text;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Integrity;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Events;

namespace FlexCore.Infrastructure.Integrity;

/// <summary>Signs the log while it grows, and proves what is in it.</summary>
internal sealed class LogIntegrity : IAsyncDisposable
{
    private const string AnyName = "flexcore";

    private readonly IEventStore _store;
    private readonly EventLog _log;
    private readonly KeyFile _keyFile;
    private readonly CheckpointSettings _settings;
    private readonly ISecrets _secrets;
    private readonly CheckpointPublisher _publisher;
    private EventCheckpoints? _checkpoints;

    public LogIntegrity(IEventStore store, EventLog log, string dataDirectory, CheckpointSettings settings, ISecrets secrets)
    {
        (_store, _log, _settings, _secrets) = (store, log, settings, secrets);
        _keyFile = new KeyFile(Path.Combine(dataDirectory, "keys", "log.pem"), MakeKey);
        _publisher = new CheckpointPublisher(Path.Combine(dataDirectory, CheckpointPublisher.FileName), settings.Publish);
    }

    /// <summary>Begins to seal and sign behind all appends.</summary>
    public async Task StartAsync(CancellationToken cancellationToken) => (await OpenAsync(cancellationToken)).Start();

    /// <summary>Signs the log as it is now, if this process has appended to it.</summary>
    public async Task SignOwnEventsAsync(CancellationToken cancellationToken)
    {
        if (_log.HasOwnEvents) await SignAsync(cancellationToken);
    }

    /// <summary>Brings the tree up to the end of the log.</summary>
    public async Task SealAsync(CancellationToken cancellationToken) => await TranslateAsync(() => _store.History.SealAsync(cancellationToken));

    /// <summary>Signs the log as it is now.</summary>
    /// <returns>The checkpoint; null when there is no event.</returns>
    public async Task<SignedNote?> SignAsync(CancellationToken cancellationToken)
    {
        if (await TranslateAsync(() => _store.GetLastPositionAsync(cancellationToken)) == 0) return null;
        var checkpoints = await OpenAsync(cancellationToken);
        return await TranslateAsync(() => checkpoints.WriteAsync(cancellationToken));
    }

    /// <summary>The public half of the key that this data directory signs with; null when it has never signed.</summary>
    public async Task<VerificationKey?> GetKeyAsync(CancellationToken cancellationToken)
    {
        if ((_settings is { Key: null, KeySecret: null } && !_keyFile.Exists) || await TranslateAsync(() => _store.History.GetOriginAsync(cancellationToken)) is not { } origin) return null;
        using var key = await ReadKeyAsync(origin, cancellationToken);
        return key.Verification;
    }

    /// <summary>Proves that an event is in the log.</summary>
    /// <returns>The proof; null when there is no such event.</returns>
    public async Task<InclusionProof?> ProveAsync(long position, CancellationToken cancellationToken)
    {
        if (await SignAsync(cancellationToken) is not { } checkpoint) return null;
        var proof = await TranslateAsync(() => _store.History.ProveAsync(position, checkpoint, cancellationToken));
        if (proof is not null) await CheckAsync(proof.FindFault, $"the event at position {position} cannot be proven", cancellationToken);
        return proof;
    }

    /// <summary>Proves that the log of so many events begins with all that it had when there were fewer.</summary>
    /// <returns>The proof; null when the log has not so many events.</returns>
    public async Task<ConsistencyProof?> ProveConsistencyAsync(SignedNote? kept, long oldSize, long newSize, CancellationToken cancellationToken)
    {
        if (oldSize < 1 || oldSize > newSize || await SignAsync(cancellationToken) is not { } last) return null;
        var (origin, size, _) = Checkpoint.Parse(last.Text);
        if (newSize > size) return null;
        var older = kept ?? await NoteOfAsync(origin, oldSize, cancellationToken);
        var newer = await NoteOfAsync(origin, newSize, cancellationToken);
        var proof = await TranslateAsync(() => _store.History.ProveConsistencyAsync(older, newer, cancellationToken));
        if (kept is null) await CheckAsync(proof.FindFault, $"that the log of {newSize} events begins with those of {oldSize} cannot be proven", cancellationToken);
        return proof;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_checkpoints is not null) await _checkpoints.DisposeAsync();
        _publisher.Dispose();
    }

    /// <summary>A proof that does not hold is not handed out: the database is not what was signed.</summary>
    private async Task CheckAsync(Func<IReadOnlyCollection<VerificationKey>, string?> findFault, string what, CancellationToken cancellationToken)
    {
        if (await GetKeyAsync(cancellationToken) is { } key && findFault([key]) is { } fault)
            throw new FlexCoreException(new Error(ErrorCodes.HistoryViolated, $"{what}: {fault}", SpecificRemedy: "Run `flexcore events verify`: it names what was changed."));
    }

    /// <summary>A signed note of the log when it had so many events. It need not be one that was made then.</summary>
    private async Task<SignedNote> NoteOfAsync(string origin, long size, CancellationToken cancellationToken)
    {
        using var key = await ReadKeyAsync(origin, cancellationToken);
        var root = await TranslateAsync(() => _store.History.GetRootAsync(size, cancellationToken));
        return SignedNote.Sign(new Checkpoint(origin, size, root).ToString(), key);
    }

    private async Task<EventCheckpoints> OpenAsync(CancellationToken cancellationToken)
    {
        if (_checkpoints is not null) return _checkpoints;
        using var key = await ReadKeyAsync(AnyName, cancellationToken);
        await RecordAsync(key.Verification, cancellationToken);
        return _checkpoints = _store.SignCheckpoints(new CheckpointOptions(key.ToPem(), _publisher.PublishAsync) { EveryEvents = _settings.EveryEvents, Every = _settings.Every });
    }

    /// <summary>Which keys the log was signed with stands in the log.</summary>
    private async Task RecordAsync(VerificationKey key, CancellationToken cancellationToken)
    {
        var added = new SigningKeyAdded($"{key.Id:x8}", key.ToString());
        var known = await _log.ReadAsync(EventStreams.SigningKeys, cancellationToken);
        if (known.All(fact => fact.Event is not SigningKeyAdded before || before.PublicKey != added.PublicKey))
            await _log.AppendAsync(EventStreams.SigningKeys, expectedVersion: null, [added], EventContext.New(Guid.CreateVersion7()), cancellationToken);
    }

    private async Task<SigningKey> ReadKeyAsync(string name, CancellationToken cancellationToken)
    {
        var pem = _settings.Key ?? (_settings.KeySecret is { } secret ? await ReadSecretAsync(secret, cancellationToken) : Encoding.UTF8.GetString(_keyFile.Read()));
        try
        {
            return SigningKey.FromPem(name, pem);
        }
        catch (FormatException e)
        {
            throw new FlexCoreException(new Error(ErrorCodes.SigningKeyUnusable, e.Message), e);
        }
    }

    private async Task<string> ReadSecretAsync(string name, CancellationToken cancellationToken)
    {
        var found = await _secrets.FindAsync(name, cancellationToken);
        return found.IsSuccess ? found.Value : throw new FlexCoreException(found.Errors);
    }

    private static byte[] MakeKey()
    {
        using var key = SigningKey.Create(AnyName);
        return Encoding.UTF8.GetBytes(key.ToPem());
    }

    /// <summary>Puts what can go wrong with the history into the words of the error registry.</summary>
    public static async Task<T> TranslateAsync<T>(Func<ValueTask<T>> work)
    {
        try
        {
            return await EventLog.Translate(work);
        }
        catch (InvalidDataException e)
        {
            throw new FlexCoreException(new Error(ErrorCodes.HistoryDamaged, e.Message), e);
        }
        catch (HttpRequestException e)
        {
            throw new FlexCoreException(new Error(ErrorCodes.CheckpointNotPublished, $"the checkpoint was not taken: {e.Message}"), e);
        }
        catch (TaskCanceledException e) when (e.InnerException is TimeoutException)
        {
            throw new FlexCoreException(new Error(ErrorCodes.CheckpointNotPublished, $"the checkpoint was not taken: {e.InnerException.Message}"), e);
        }
    }
}
