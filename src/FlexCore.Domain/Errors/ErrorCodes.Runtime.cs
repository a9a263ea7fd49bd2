namespace FlexCore.Domain.Errors;

/// <content>Classes 2, 3, 4, 6, 7 and 9: plugins, the store, other nodes, permissions, history, and our own defects.</content>
public static partial class ErrorCodes
{
#pragma warning disable CS1591 // Each entry documents itself: name, meaning, remedy.
    public static readonly ErrorCode PluginExitCode = Plugin(
        "FX2001", nameof(PluginExitCode), "A plugin ended with an exit code other than 0.", "Read its last lines with `flexcore runs logs RUN`.");

    public static readonly ErrorCode PluginProtocol = Plugin(
        "FX2002", nameof(PluginProtocol), "A plugin broke its protocol.", "Repair the plugin: the message names the line and what was wrong with it.");

    public static readonly ErrorCode PluginSignal = Plugin(
        "FX2003", nameof(PluginSignal), "A plugin was ended by a signal.", "Read its last lines with `flexcore runs logs RUN`.");

    public static readonly ErrorCode PluginTimeout = Plugin(
        "FX2004", nameof(PluginTimeout), "A plugin took longer than its `limits.time` allows.", "Find out what keeps it, or raise the limit in its plugin.yaml, and under `limits:` in flexcore.yaml if it is less there: what was confirmed stays committed.", transient: true);

    public static readonly ErrorCode PluginIdle = Plugin(
        "FX2005", nameof(PluginIdle), "A plugin did nothing for longer than `limits.idle` of its plugin.yaml allows.", "Look whether it waits for a system that does not answer; or raise the limit.", transient: true);

    public static readonly ErrorCode PluginOutOfMemory = Plugin(
        "FX2006", nameof(PluginOutOfMemory), "A plugin used more memory than its limit.", "Raise `limits.memory` in its plugin.yaml, and in flexcore.yaml if it is less there; or make it use less.");

    public static readonly ErrorCode PluginLimit = Plugin(
        "FX2007", nameof(PluginLimit), "A plugin crossed one of its limits.", "Raise the limit that the message names, in its plugin.yaml, and under `limits:` in flexcore.yaml if it is less there.");

    public static readonly ErrorCode SandboxFailed = Plugin(
        "FX2008", nameof(SandboxFailed), "The sandbox of a plugin could not be set up.", "Run `flexcore doctor`.", exitCode: Failed);

    public static readonly ErrorCode RunCancelled = Plugin(
        "FX2009", nameof(RunCancelled), "The run was cancelled.", "Run the pipeline again: it goes on from the committed state.", exitCode: Cancelled);

    public static readonly ErrorCode IsolationUnavailable = Plugin(
        "FX2010", nameof(IsolationUnavailable), "This machine cannot isolate plugins as they must be.", "Run `flexcore doctor`: it names what is missing and how to get it.", exitCode: MachineCannot);

    public static readonly ErrorCode InputLeftUnread = Plugin(
        "FX2011", nameof(InputLeftUnread), "A target or mapper closed its input before it had read everything.", "Repair it: records were not delivered; state stays where the targets confirmed it.");

    public static readonly ErrorCode DiscoveryFailed = Plugin(
        "FX2012", nameof(DiscoveryFailed), "A tap did not give a usable catalog.", "Run the tap with --discover by hand, or remove `select`.");

    public static readonly ErrorCode TaskOutputInvalid = Plugin(
        "FX2013", nameof(TaskOutputInvalid), "What a task wrote to $FLEXCORE_OUTPUT is not one JSON object of at most 1 MiB.", "Repair the task.");

    public static readonly ErrorCode GrantUnusable = Plugin(
        "FX2014", nameof(GrantUnusable), "Something that was granted to a plugin cannot be given to it when its step starts.", "Make sure that the path exists by then and is reached by no symbolic link.");

    public static readonly ErrorCode RecordInvalid = Plugin(
        "FX2015", nameof(RecordInvalid), "A record does not fit the schema of its record stream.", "Repair the tap or its source; or keep such records aside with `validate: dead-letter`.");

    public static readonly ErrorCode RecordUnmappable = Plugin(
        "FX2016", nameof(RecordUnmappable), "A map could not be applied to a record or a schema.", "Change the map; or keep such records aside with `validate: dead-letter`.");

    public static readonly ErrorCode RecordUnreadable = Plugin(
        "FX2017", nameof(RecordUnreadable), "A record that a map or `validate` has to see cannot be read strictly.", "Repair the tap; or keep such records aside with `validate: dead-letter`.");

    public static readonly ErrorCode SchemaUnusable = Plugin(
        "FX2018", nameof(SchemaUnusable), "The schema of a record stream cannot be used to validate.", "Repair the tap's schema, or set `validate: off`.");

    public static readonly ErrorCode TooManyDeadLetters = Plugin(
        "FX2019", nameof(TooManyDeadLetters), "More records became dead letters than the step allows.", "Look at them with `flexcore deadletters list --run RUN`; raise `max_dead` or `max_percent` if so many are to be expected.");

    public static readonly ErrorCode PluginChanged = Plugin(
        "FX2021", nameof(PluginChanged), "A registered plugin's files were changed since.", "Look what has changed and who could change it; what is to run is registered by `flexcore plugin add DIR`.", exitCode: BadInput);

    public static readonly ErrorCode PluginDisabled = Plugin(
        "FX2025", nameof(PluginDisabled), "A plugin is disabled: no run begins with it.", "See who has disabled it with `flexcore plugin show NAME`; `flexcore plugin enable NAME` lets it run again.", exitCode: BadInput);

    public static readonly ErrorCode PluginInstallFailed = Plugin(
        "FX2036", nameof(PluginInstallFailed), "The install of a plugin has failed: nothing of it is registered, and the version before goes on.", "Read what it said last; correct `install` in its plugin.yaml, or what it needs.");

    public static readonly ErrorCode BatchUnmappable = Plugin(
        "FX2020", nameof(BatchUnmappable), "A tap handed over records in a BATCH file, which neither maps nor `validate` can look into.", "Switch batches off in the tap's config, or remove the map and `validate`.");

    public static readonly ErrorCode SecretInState = Plugin(
        "FX2022", nameof(SecretInState), "A target confirmed a STATE that holds the value of a secret, which must not get into the event log.", "Keep the secret out of the tap's bookmark. A secret that is an ordinary word is found by chance: give it a longer value.");

    public static readonly ErrorCode SchemaDrifted = Plugin(
        "FX2023", nameof(SchemaDrifted), "The schema of a record stream has changed in a way that `drift` of the sync forbids.", "See that targets and readers can take it. To accept it, set `drift` for that kind of change to `warn` for one run, which puts the new schema on record.");

    public static readonly ErrorCode RefreshRefused = Plugin(
        "FX2024", nameof(RefreshRefused), "A full refresh brought too little to be believed, so the old content and the old state stay.", "Look at the source. If it is right so, set `guards` of the sync for one run to what is to pass: `empty: allow`, or a higher `shrink`.");

    public static readonly ErrorCode StepTimeout = Plugin(
        "FX2030", nameof(StepTimeout), "A step took longer than its `timeout` in the pipeline allows.", "Find out what keeps it, or raise the timeout: what was confirmed stays committed.", transient: true);

    public static readonly ErrorCode StepValueMissing = Plugin(
        "FX2031", nameof(StepValueMissing), "A step refers to something that an earlier step has not left.", "Look at the earlier step's output (`flexcore runs show`), or correct the reference.", exitCode: Failed);

    public static readonly ErrorCode StepConditionUnanswered = Plugin(
        "FX2032", nameof(StepConditionUnanswered), "The condition in a step's `when` has no answer: it compares, or counts with, what cannot be compared or counted with.", "Look at what the earlier step has left (`flexcore runs show`), or ask for its presence first with `is not null`.", exitCode: Failed);

    public static readonly ErrorCode SubRunFailed = Plugin(
        "FX2033", nameof(SubRunFailed), "The run of another pipeline, which a step has made, did not succeed.", "Look at that run, which the message names, with `flexcore runs show`.");

    public static readonly ErrorCode ArtifactsUnusable = Plugin(
        "FX2034", nameof(ArtifactsUnusable), "What a plugin has left in $FLEXCORE_ARTIFACTS cannot be kept: there is too much of it, a name breaks the rule, or something is no file.", "Have it leave fewer, smaller or other files there; the message says which one it is.", exitCode: Failed);

    public static readonly ErrorCode StepDataInvalid = Plugin(
        "FX2035", nameof(StepDataInvalid), "What an `http`, `json` or `sql` step was to work on, or has got, is not as it must be.", "The message names the place. Correct what has made it, or the settings of the step.", exitCode: Failed);

    public static readonly ErrorCode VersionConflict = Store(
        "FX3001", nameof(VersionConflict), "Somebody else changed the same event stream, or the same entity, meanwhile.", "Try again.", transient: true);

    public static readonly ErrorCode DuplicateEvent = Store(
        "FX3002", nameof(DuplicateEvent), "An event with this id exists with other content.", "Report this as a bug.");

    public static readonly ErrorCode StoreUnavailable = Store(
        "FX3003", nameof(StoreUnavailable), "The event store or data directory cannot be opened or written.", "Make the directory writable, or choose another with --data DIR; a database must run and let this user in.");

    public static readonly ErrorCode DiskFull = Store(
        "FX3004", nameof(DiskFull), "The disk of the data directory is full.", "Free some space, then run again: nothing that was acknowledged is lost.", transient: true);

    public static readonly ErrorCode StoreBusy = Store(
        "FX3005", nameof(StoreBusy), "Other processes kept the event store busy for too long.", "Try again; find out which process holds it.", transient: true);

    public static readonly ErrorCode StoreUnusable = Store(
        "FX3006", nameof(StoreUnusable), "The file or database is not a store of FlexCore of this version, or failed.", "Use the version that wrote it, or another data directory.");

    public static readonly ErrorCode StreamTombstoned = Store(
        "FX3007", nameof(StreamTombstoned), "The event stream has been closed for good.", "Use another one; what was written stays readable.");

    public static readonly ErrorCode LogMismatch = Store(
        "FX3008", nameof(LogMismatch), "What is to be imported does not follow on what the store has.", "Import the whole log of one store, into an empty store or one that has the beginning of that log.");

    public static readonly ErrorCode EventsArchived = Store(
        "FX3009", nameof(EventsArchived), "Events that are needed lie in a file of the archive that is not there.", "Put the file back into the folder of the archive; `store.archive` says which one that is.");

    public static readonly ErrorCode TableChangeRefused = Store(
        "FX3010", nameof(TableChangeRefused), "A row that an append depends on is not as it must be.", "Read again how things stand, and decide anew.");

    public static readonly ErrorCode MasterKeyWrong = Store(
        "FX3020", nameof(MasterKeyWrong), "The keys of personal data are wrapped under another master key.", "Bring back keys/master.key, or set FLEXCORE__STORE__MASTER_KEY to the key that they were made with.");

    public static readonly ErrorCode SubjectKeyMissing = Store(
        "FX3021", nameof(SubjectKeyMissing), "The key of personal data is missing, and no erasure has destroyed it.", "Bring back the keys that belong to this store (flexcore.db-keys, or the table subject_keys).");

    public static readonly ErrorCode PersonalDataDamaged = Store(
        "FX3022", nameof(PersonalDataDamaged), "Personal data, or their key, are not what was written.", "Restore the store and its keys from backups, and find out who or what has changed them.");

    public static readonly ErrorCode SecretsUnreadable = Store(
        "FX3023", nameof(SecretsUnreadable), "The local store of secrets, or its key, is not what was written.", "Bring back secrets.json and keys/secrets.key of the data directory together from a backup, or remove both and set the secrets again.");

    public static readonly ErrorCode SigningKeyUnusable = Store(
        "FX3030", nameof(SigningKeyUnusable), "The key that signs the log cannot be used.", "Bring back keys/log.pem of the data directory, or set FLEXCORE__STORE__CHECKPOINTS__KEY, or the secret that `store.checkpoints.key_secret` names, to the PEM (PKCS #8, BEGIN PRIVATE KEY) of an ECDSA key of the curve P-256.");

    public static readonly ErrorCode CheckpointNotPublished = Store(
        "FX3031", nameof(CheckpointNotPublished), "A checkpoint of the log could not be sent to the address that is set.", "Look whether the address of `store.checkpoints.publish` answers. The checkpoint is in the store, and sent again later.");

    public static readonly ErrorCode VerificationTooLong = Store(
        "FX3032", nameof(VerificationTooLong), "To verify the event log takes longer than a server may take for an answer.",
        "Run `flexcore events verify` on the server's machine, where it may take as long as it needs; from then on `--since-last` verifies what is new.");

    public static readonly ErrorCode AddressUnusable = Store(
        "FX3040", nameof(AddressUnusable), "The address at which a server is to listen cannot be had.", "End what listens there, or choose another address of this machine, with --http or --grpc or in flexcore.yaml.");

    public static readonly ErrorCode CertificateUnusable = Store(
        "FX3041", nameof(CertificateUnusable), "The certificate of a server, or its key, cannot be used.", "`tls.certificate` must name a PEM file with the certificate and, behind it, those of the authorities in between; `tls.key` one with its key, whose password, if it has one, is the secret that `tls.key_secret` names; or that alone names a secret that is the key.");

    public static readonly ErrorCode LeaseLost = Coordination(
        "FX4001", nameof(LeaseLost), "A node has lost its hold on a run, or on all its runs, because it was not heard of for too long.", "Nothing to do: another node goes on with the run. If it happens often, look why the node is slow, or cut off from its database.", transient: true);

    public static readonly ErrorCode RunNotWithdrawable = Coordination(
        "FX4002", nameof(RunNotWithdrawable), "A run cannot be taken out of the queue: a node has it already, or it has ended.", "Ask the node that has it to stop: `flexcore runs cancel` does that.");

    public static readonly ErrorCode QueueFull = Coordination(
        "FX4003", nameof(QueueFull), "As many runs wait for a node as may.", "See why they wait with `flexcore runs list` and `flexcore nodes list`; start more nodes, end what is not needed with `flexcore runs cancel --where`, or raise `queue.cap` in flexcore.yaml.", transient: true);

    public static readonly ErrorCode LockLost = Coordination(
        "FX4004", nameof(LockLost), "A process has lost the lock of a pipeline, because it was not heard of for too long.", "Start it again: it goes on from the committed state. If it happens often, look why the machine is slow, or cut off from the database and Redis.", transient: true);

    /// <summary>FX4005.</summary>
    public static readonly ErrorCode FeatureOff = Coordination(
        "FX4005", nameof(FeatureOff), "What was asked for is turned off here.", "Turn it on under `features:` in flexcore.yaml; nodes notice without a restart.", transient: true);

    public static readonly ErrorCode AccessDenied = new(
        "FX6001", nameof(AccessDenied), BadInput, IsTransient: false, ErrorLevel.Warning, "The caller may not do this.", "Ask an administrator for the role that it needs, or for a token for its pipeline.", CountsAgainstAvailability: false);

    public static readonly ErrorCode WebhookRefused = new(
        "FX6002", nameof(WebhookRefused), BadInput, IsTransient: false, ErrorLevel.Warning, "A message to a pipeline does not prove who has sent it.",
        "Sign it as Standard Webhooks 1.0 says, with the secret that the pipeline's webhook names.", CountsAgainstAvailability: false);

    public static readonly ErrorCode TokenRefused = new(
        "FX6003", nameof(TokenRefused), BadInput, IsTransient: false, ErrorLevel.Warning, "The server does not know who asks.",
        "Show an access token that holds: `Authorization: Bearer flexcore_…`. `flexcore token create` makes one.", CountsAgainstAvailability: false);

    public static readonly ErrorCode TooManyRequests = new(
        "FX6004", nameof(TooManyRequests), BadInput, IsTransient: true, ErrorLevel.Warning, "More was asked in a short time than the server lets one caller ask.",
        "Wait for as long as the answer says, and ask less often.", CountsAgainstAvailability: false);

    public static readonly ErrorCode IdempotencyKeyUsed = new(
        "FX6005", nameof(IdempotencyKeyUsed), BadInput, IsTransient: false, ErrorLevel.Warning, "A key that makes a request repeatable was used for another request before.", "Choose a new key for each thing that is to be done once.",
        CountsAgainstAvailability: false);

    public static readonly ErrorCode RequestUnderWay = new(
        "FX6006", nameof(RequestUnderWay), BadInput, IsTransient: true, ErrorLevel.Warning, "The same request was made before, and its answer is not there yet.", "Ask again when the answer says.", CountsAgainstAvailability: false);

    public static readonly ErrorCode FormRefused = new(
        "FX6007", nameof(FormRefused), BadInput, IsTransient: false, ErrorLevel.Warning, "A form of the console does not show that it comes from a page of the same session.", "Open the page again, and send the form from there.",
        CountsAgainstAvailability: false);

    public static readonly ErrorCode HistoryViolated = Integrity(
        "FX7001", nameof(HistoryViolated), "The event log is not what was appended.", "Keep a copy of the database as it is, find out who could change it, and compare with a backup or another copy.");

    public static readonly ErrorCode HistoryDamaged = Integrity(
        "FX7002", nameof(HistoryDamaged), "The event log has gaps, or the tree over it is not whole.", "Run `flexcore events verify`: it names what was changed.");

    public static readonly ErrorCode Bug = new(
        "FX9001", nameof(Bug), Failed, IsTransient: false, ErrorLevel.Critical, "FlexCore met a state that it does not know.", "Run again with --verbose and report what it prints.", CountsAgainstAvailability: true);
#pragma warning restore CS1591

    private static ErrorCode[] PluginCodes() =>
    [
        PluginExitCode, PluginProtocol, PluginSignal, PluginTimeout, PluginIdle, PluginOutOfMemory, PluginLimit, SandboxFailed, RunCancelled, IsolationUnavailable, InputLeftUnread,
        DiscoveryFailed, TaskOutputInvalid, GrantUnusable, RecordInvalid, RecordUnmappable, RecordUnreadable, SchemaUnusable, TooManyDeadLetters, BatchUnmappable, PluginChanged, SecretInState, SchemaDrifted, RefreshRefused, PluginDisabled, StepTimeout, StepValueMissing,
        StepConditionUnanswered, SubRunFailed, ArtifactsUnusable, StepDataInvalid, PluginInstallFailed,
    ];

    private static ErrorCode[] StoreCodes() => [VersionConflict, DuplicateEvent, StoreUnavailable, DiskFull, StoreBusy, StoreUnusable, StreamTombstoned, LogMismatch, EventsArchived, TableChangeRefused, MasterKeyWrong, SubjectKeyMissing, PersonalDataDamaged, SecretsUnreadable, SigningKeyUnusable, CheckpointNotPublished, VerificationTooLong, AddressUnusable, CertificateUnusable];

    private static ErrorCode[] CoordinationCodes() => [LeaseLost, RunNotWithdrawable, QueueFull, LockLost, FeatureOff];

    private static ErrorCode[] AccessCodes() => [AccessDenied, WebhookRefused, TokenRefused, TooManyRequests, IdempotencyKeyUsed, RequestUnderWay, FormRefused];

    private static ErrorCode[] IntegrityCodes() => [HistoryViolated, HistoryDamaged];
}
