using System.Security.Cryptography;
using FlexCore.EventStore.Erasure;

namespace FlexCore.EventStore;

/// <summary>
/// Keeps personal data so that they can be erased although the log never changes: encrypted under a key of their subject, which lies outside the log.
/// Erasing a subject destroys its key. Any number of threads may use one object.
/// </summary>
/// <remarks>
/// Nothing that was revealed is kept, and every call asks for the keys anew: once <see cref="EraseAsync"/> has returned, nobody reads the data any more,
/// in this process or another. What a caller has made of revealed data (views, caches, files) is the caller's to forget.
/// </remarks>
public sealed class PersonalData
{
    /// <summary>How many characters a subject has at most.</summary>
    public const int MaxSubjectLength = 200;

    /// <summary>The category of the streams that keep erasures on record, one for each: <c>erasure-&lt;id&gt;</c>.</summary>
    public const string ErasureCategory = "erasure";

    /// <summary>The type of the event that keeps an erasure on record: <c>{"subject":…,"reason":…,"by":…,"keys":[…]}</c>.</summary>
    public const string ErasedType = "SubjectErased";

    private const int PageSize = 1000;

    private readonly IEventStore _store;
    private readonly ISnapshots _snapshots;
    private readonly MasterKey _master;
    private bool _isMasterRight;

    internal PersonalData(IEventStore store, ISnapshots snapshots, ISubjectKeys keys, ReadOnlySpan<byte> masterKey) =>
        (_store, _snapshots, Keys, _master) = (store, snapshots, keys, new MasterKey(masterKey));

    internal ISubjectKeys Keys { get; }

    /// <summary>Encrypts the data of an event under the key of its subject, which is made at the first use and again after an erasure.</summary>
    /// <param name="item">The event. Its metadata stay as they are, for everybody to read; its data may have some 12 MiB.</param>
    /// <param name="subject">Whom the data are about: any text of at most 200 characters. It gets neither into the event nor anywhere else.</param>
    /// <param name="cancellationToken">Gives the work up.</param>
    /// <returns>The event to append. To repeat an append, append this one: each call encrypts differently.</returns>
    /// <exception cref="PersonalDataException">The master key is another one, or the subject's key is damaged.</exception>
    /// <exception cref="ArgumentException">The subject is empty, too long, or no Unicode.</exception>
    public async ValueTask<EventData> ProtectAsync(EventData item, string subject, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(item);
        var fresh = _master.Make(_master.Name(subject));
        await CheckMasterAsync(_master.Fingerprint, cancellationToken).ConfigureAwait(false);
        var used = await Keys.GetOrAddAsync(fresh, cancellationToken).ConfigureAwait(false);
        var key = _master.Unwrap(used);
        try
        {
            return item with { Data = new Envelope(used.Id, SealedBox.Seal(key, item.Data.Span, Envelope.About(item.Id, item.Type))).Write() };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Gives an event with its data as they were before they were protected; an event that was not protected is given as it is.</summary>
    /// <param name="recorded">The event as the store has it.</param>
    /// <param name="cancellationToken">Gives the work up.</param>
    /// <returns>The event. When its subject was erased, its data say so, and <see cref="EventTypes.Decode"/> makes an <see cref="ErasedEvent"/> of it.</returns>
    /// <exception cref="PersonalDataException">The master key is another one, the key is missing without having been destroyed, or the data are not what was written.</exception>
    public async ValueTask<RecordedEvent> RevealAsync(RecordedEvent recorded, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        return (await RevealAsync([recorded], cancellationToken).ConfigureAwait(false))[0];
    }

    /// <summary>Reveals many events with one question for their keys.</summary>
    /// <param name="events">The events as the store has them.</param>
    /// <param name="cancellationToken">Gives the work up.</param>
    /// <returns>The events in the same order, as <see cref="RevealAsync(RecordedEvent, CancellationToken)"/> gives them; this very list when none of them was protected.</returns>
    /// <exception cref="PersonalDataException">As there.</exception>
    public async ValueTask<IReadOnlyList<RecordedEvent>> RevealAsync(IReadOnlyList<RecordedEvent> events, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(events);
        var envelopes = events.Select(recorded => Envelope.IsProtected(recorded.Data.Span) ? Envelope.Read(recorded.Data) ?? throw PersonalDataException.DataDamaged(recorded) : null).ToList();
        Guid[] ids = [.. envelopes.OfType<Envelope>().Select(envelope => envelope.Key).Distinct()];
        if (ids.Length == 0) return events;
        await CheckMasterAsync(first: null, cancellationToken).ConfigureAwait(false);
        var keys = (await Keys.FindAsync(ids, cancellationToken).ConfigureAwait(false)).ToDictionary(key => key.Id);
        return [.. events.Zip(envelopes, (recorded, envelope) => envelope is null ? recorded : Reveal(recorded, envelope, keys.GetValueOrDefault(envelope.Key)))];
    }

    /// <summary>
    /// Erases a subject: destroys its keys, keeps that on record in the log, and throws all snapshots away. Repeated, after a crash too, it finishes what
    /// is left to do and records nothing twice.
    /// </summary>
    /// <param name="subject">The subject, exactly as it was given to <see cref="ProtectAsync"/>.</param>
    /// <param name="reason">Why. It stays in the log for ever, so it must not name the person.</param>
    /// <param name="by">Who erases.</param>
    /// <param name="metadata">The metadata of the event that records it; UTF-8 JSON by convention.</param>
    /// <param name="cancellationToken">Gives the work up where it is.</param>
    /// <returns>The newest erasure of the subject.</returns>
    /// <exception cref="PersonalDataException">The subject is not known here, or the master key is another one.</exception>
    public async ValueTask<SubjectErasure> EraseAsync(string subject, string reason, string by, ReadOnlyMemory<byte> metadata = default, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(by);
        var name = _master.Name(subject);
        await CheckMasterAsync(first: null, cancellationToken).ConfigureAwait(false);

        // 1. The keys, first and for good: whatever happens from here on, the data are gone. What is left of the keys tells a repetition what to record.
        var erasure = Guid.CreateVersion7();
        var known = await Keys.ListAsync(name, cancellationToken).ConfigureAwait(false);
        if (known.Count == 0) throw PersonalDataException.UnknownSubject();
        await Keys.DestroyAsync([.. known.Where(key => key.Wrapped is not null).Select(key => key with { Wrapped = null, Erasure = erasure })], cancellationToken).ConfigureAwait(false);

        // 2. The record, also of an erasure that has died between its steps.
        var destroyed = (await Keys.ListAsync(name, cancellationToken).ConfigureAwait(false)).Where(key => key.Erasure is not null).ToLookup(key => key.Erasure!.Value, key => key.Id);
        var data = new SubjectErased(Convert.ToHexStringLower(name), reason, by, []);
        foreach (var keys in destroyed) await RecordAsync(keys.Key, data with { Keys = [.. keys] }, metadata, cancellationToken).ConfigureAwait(false);

        // 3. What may have been made of the data.
        await _snapshots.RemoveAllSnapshotsAsync(cancellationToken).ConfigureAwait(false);
        return new SubjectErasure(destroyed.Max(keys => keys.Key), data.Subject, destroyed[erasure].Count());
    }

    /// <summary>Destroys again all keys that the log says were destroyed: after a backup of the keys was brought back.</summary>
    /// <param name="cancellationToken">Gives the work up where it is; it can be repeated.</param>
    /// <returns>How many keys were there again.</returns>
    /// <exception cref="PersonalDataException">The master key is another one.</exception>
    public async ValueTask<int> EraseAgainAsync(CancellationToken cancellationToken = default)
    {
        await CheckMasterAsync(first: null, cancellationToken).ConfigureAwait(false);
        var count = 0;
        IReadOnlyList<RecordedEvent> page = [];
        do
        {
            var after = page.Count == 0 ? 0 : page[^1].Position;
            page = await _store.ReadLogAsync(after, PageSize, new LogFilter(ErasureCategory, ErasedType), cancellationToken).ConfigureAwait(false);
            IReadOnlyList<SubjectKey> destroyed = [.. page.SelectMany(SubjectErased.Destroyed)];
            count += (await Keys.FindAsync([.. destroyed.Select(key => key.Id)], cancellationToken).ConfigureAwait(false)).Count(key => key.Wrapped is not null);
            await Keys.DestroyAsync(destroyed, cancellationToken).ConfigureAwait(false);
        }
        while (page.Count == PageSize);

        await _snapshots.RemoveAllSnapshotsAsync(cancellationToken).ConfigureAwait(false);
        return count;
    }

    private RecordedEvent Reveal(RecordedEvent recorded, Envelope envelope, SubjectKey? found)
    {
        if (found is null) throw PersonalDataException.NoKey(recorded, envelope.Key);
        if (found.Wrapped is null) return recorded with { Data = Envelope.WriteErased(found.Id) };
        var key = _master.Unwrap(found);
        var plain = SealedBox.Open(key, envelope.Box, Envelope.About(recorded.Id, recorded.Type));
        CryptographicOperations.ZeroMemory(key);
        return recorded with { Data = plain ?? throw PersonalDataException.DataDamaged(recorded) };
    }

    private async ValueTask RecordAsync(Guid erasure, SubjectErased data, ReadOnlyMemory<byte> metadata, CancellationToken cancellationToken)
    {
        var stream = SubjectErased.Stream(erasure);
        if (await _store.ReadLastAsync(stream, cancellationToken).ConfigureAwait(false) is not null) return;
        var recorded = new EventData(erasure, ErasedType, data.ToJson(), metadata);
        try
        {
            await _store.AppendAsync(new StreamAppend(stream, ExpectedVersion.NoStream, [recorded]), cancellationToken).ConfigureAwait(false);
        }
        catch (EventStoreException e) when (e is StreamVersionConflictException or DuplicateEventException)
        {
            // Somebody who erases the same subject was quicker.
        }
    }

    /// <summary>Keys that were made under another master key must neither be missed nor be mixed with ours.</summary>
    private async ValueTask CheckMasterAsync(byte[]? first, CancellationToken cancellationToken)
    {
        if (_isMasterRight) return;
        if (await Keys.GetMasterAsync(first, cancellationToken).ConfigureAwait(false) is not { } kept) return;
        if (!CryptographicOperations.FixedTimeEquals(kept, _master.Fingerprint)) throw PersonalDataException.WrongMasterKey();
        _isMasterRight = true;
    }
}
