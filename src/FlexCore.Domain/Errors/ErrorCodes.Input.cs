namespace FlexCore.Domain.Errors;

/// <content>Class 1: what the user wrote.</content>
public static partial class ErrorCodes
{
#pragma warning disable CS1591 // Each entry documents itself: name, meaning, remedy.
    public static readonly ErrorCode UsageInvalid = Input(
        "FX1001", nameof(UsageInvalid), "The command line is not one that FlexCore knows.", "See `flexcore --help`, or `flexcore COMMAND --help`.");

    public static readonly ErrorCode FileUnreadable = Input(
        "FX1002", nameof(FileUnreadable), "A file that was named cannot be read.", "Check the path and its permissions.");

    public static readonly ErrorCode FileTooLarge = Input(
        "FX1003", nameof(FileTooLarge), "A file is larger than FlexCore reads.", "Make it smaller; data belongs in files that plugins read, not in definitions.");

    public static readonly ErrorCode YamlInvalid = Input(
        "FX1004", nameof(YamlInvalid), "The file is not valid YAML in UTF-8.", "Correct the YAML at the place named.");

    public static readonly ErrorCode YamlTooComplex = Input(
        "FX1005", nameof(YamlTooComplex), "The YAML nests too deeply, or its aliases expand to too much.", "Write it out flatter, with fewer aliases.");

    public static readonly ErrorCode EventFileInvalid = Input(
        "FX1006", nameof(EventFileInvalid), "A line of a file of events is no event.", "Export the log again; whole batches before that line stay, and importing goes on from there.");

    public static readonly ErrorCode ProofInputInvalid = Input(
        "FX1007", nameof(ProofInputInvalid), "A file is not the signed checkpoint, or the public key, that it is to be.", "Give a checkpoint as FlexCore wrote it (checkpoint.txt), or a key as `flexcore events key` prints it.");

    public static readonly ErrorCode RequestTooLarge = Input(
        "FX1008", nameof(RequestTooLarge), "A request over HTTP is larger than it may be.", "Send less: large data belongs where plugins read it.");

    public static readonly ErrorCode UnknownKey = Input(
        "FX1010", nameof(UnknownKey), "A key is not one that is known at this place.", "Correct the spelling or remove the key.");

    public static readonly ErrorCode MissingKey = Input(
        "FX1011", nameof(MissingKey), "A key that is needed is missing.", "Add the key.");

    public static readonly ErrorCode InvalidValue = Input(
        "FX1012", nameof(InvalidValue), "A value has the wrong type or is out of range.", "Correct the value.");

    public static readonly ErrorCode DuplicateKey = Input(
        "FX1013", nameof(DuplicateKey), "A key or an id is there twice.", "Remove or rename one of them.");

    public static readonly ErrorCode InvalidName = Input(
        "FX1014", nameof(InvalidName), "A name breaks the rule for names.", "Use " + Names.Rule + ".");

    public static readonly ErrorCode UnknownReference = Input(
        "FX1015", nameof(UnknownReference), "A ${…} reference names nothing that exists.", "Define what it names, or correct the reference.");

    public static readonly ErrorCode UnknownStep = Input(
        "FX1016", nameof(UnknownStep), "`needs` names a step that is not in the pipeline.", "Name a step of this pipeline.");

    public static readonly ErrorCode StepCycle = Input(
        "FX1017", nameof(StepCycle), "Steps need each other in a circle.", "Remove one of the `needs` that close the circle.");

    public static readonly ErrorCode SecretMisplaced = Input(
        "FX1018", nameof(SecretMisplaced), "A secret is named where its value would be seen: only a plugin's settings may refer to one.", "Refer to it in `config` or `input`, which reach the plugin as a private file, or ask for it under `capabilities.secrets`.");

    public static readonly ErrorCode SecretMissing = Input(
        "FX1019", nameof(SecretMissing), "There is no secret of a name that is needed.", "Set it with `flexcore secrets set NAME`.");

    public static readonly ErrorCode PluginNotFound = Input(
        "FX1020", nameof(PluginNotFound), "No plugin of that name can be found.", "Put it in plugins/NAME/ beside the pipeline, or `flexcore plugin add DIR`.");

    public static readonly ErrorCode PluginWrongKind = Input(
        "FX1021", nameof(PluginWrongKind), "The plugin is of a kind that cannot stand at this place.", "Use a tap in `from`, a target in `to`, a task in `task`.");

    public static readonly ErrorCode CommandNotExecutable = Input(
        "FX1022", nameof(CommandNotExecutable), "The plugin's program cannot be executed.", "Install the program, correct `command`, or `chmod +x` it.");

    public static readonly ErrorCode ConfigInvalid = Input(
        "FX1023", nameof(ConfigInvalid), "A plugin's configuration or its schema is not usable.", "Correct the configuration named.");

    public static readonly ErrorCode PluginArchiveRefused = Input(
        "FX1024", nameof(PluginArchiveRefused), "An archive cannot be unpacked as a plugin.", "Pack plain files and folders only, with plugin.yaml at the top or in the only folder there, as zip or tar.gz; or unpack it yourself and add the folder.");

    public static readonly ErrorCode ChannelUnknown = Input(
        "FX1025", nameof(ChannelUnknown), "There is no channel of that name.", "Add it under `channels:` in flexcore.yaml, or correct the name.");

    public static readonly ErrorCode SubPipelineUnknown = Input(
        "FX1028", nameof(SubPipelineUnknown), "A step runs a pipeline, or sets a variable of one, that is not on record.", "Put it on record with `flexcore pipeline apply -f FILE`, in one go with this one if need be.");

    public static readonly ErrorCode SubPipelineCycle = Input(
        "FX1029", nameof(SubPipelineCycle), "Pipelines run each other in a circle, or too many within each other.", "Take the step out that closes the circle; let pipelines that follow each other be steps of one.");

    public static readonly ErrorCode GrantMissing = Input(
        "FX1030", nameof(GrantMissing), "A plugin asks for a capability that nobody has granted.", "Grant it under `grants:` in the pipeline file, to a registered plugin with `flexcore plugin grant`, or for one run with --grant all.");

    public static readonly ErrorCode PathRefused = Input(
        "FX1031", nameof(PathRefused), "A path may not be granted to a plugin.", "Grant a folder of your own below it.");

    public static readonly ErrorCode PathMissing = Input(
        "FX1032", nameof(PathMissing), "A path that a plugin is to read does not exist.", "Create it, or correct the path.");

    public static readonly ErrorCode SecretUnusable = Input(
        "FX1033", nameof(SecretUnusable), "The value of a secret cannot be used.", "Give it 4 characters at least and 64 KiB at most of UTF-8 text without NUL.");

    public static readonly ErrorCode SecretsReadOnly = Input(
        "FX1034", nameof(SecretsReadOnly), "The project takes its secrets from a place where FlexCore only reads them.", "Change the secret at that place, or set `secrets: local` in flexcore.yaml.");

    public static readonly ErrorCode CapabilityNotAsked = Input(
        "FX1035", nameof(CapabilityNotAsked), "A capability is to be granted that the plugin does not ask for.", "See what it asks for with `flexcore plugin show NAME`; grant that, as it is written there.");

    public static readonly ErrorCode CapabilityNotGranted = Input(
        "FX1036", nameof(CapabilityNotGranted), "A capability is to be revoked that was not granted, or that something else grants as well.", "See what is granted with `flexcore plugin show NAME`.");

    public static readonly ErrorCode SecretWrittenOut = Input(
        "FX1037", nameof(SecretWrittenOut), "The value of a secret field is written out, and so is not in the record from which a node runs the pipeline.", "Keep the value with `flexcore secrets set NAME`, and write ${secret.NAME} in its place.");

    public static readonly ErrorCode PipelineAlreadyRunning = Input(
        "FX1040", nameof(PipelineAlreadyRunning), "The same pipeline is running already.", "Wait for the other run to end, or stop it.");

    public static readonly ErrorCode PipelineNotStartable = Input(
        "FX1041", nameof(PipelineNotStartable), "The pipeline is paused, archived or not active.", "Activate it with `flexcore pipeline activate NAME`.");

    public static readonly ErrorCode RunEnded = Input(
        "FX1042", nameof(RunEnded), "The run has ended, and nothing can happen to it any more.", "Look how with `flexcore runs show RUN`; run it again with `flexcore runs retry RUN`.");

    public static readonly ErrorCode RunNotEnded = Input(
        "FX1043", nameof(RunNotEnded), "Only a run that has ended can be run again.", "Wait for its end, or end it with `flexcore runs cancel RUN`.");

    public static readonly ErrorCode BackfillRefused = Input(
        "FX1045", nameof(BackfillRefused), "A backfill cannot begin so, or not be changed any more.", "See it with `flexcore backfill list`, and the schedule with `flexcore pipeline show`.");

    public static readonly ErrorCode StateMoved = Input(
        "FX1048", nameof(StateMoved), "The state of a step is at another version than --if-version says.", "See what has changed with `flexcore state history PIPELINE STEP`.");

    public static readonly ErrorCode PipelineMoved = Input(
        "FX1049", nameof(PipelineMoved), "A pipeline was changed since it was looked at.", "Look at it again, and change what it is now.");

    public static readonly ErrorCode NotFound = Input(
        "FX1050", nameof(NotFound), "There is no run, event, plugin or state of that name.", "List what is there: `flexcore runs list`, `events list`, `plugin list`.");

    public static readonly ErrorCode SubjectUnknown = Input(
        "FX1051", nameof(SubjectUnknown), "No personal data was ever kept for the subject that is to be erased.", "Give the subject exactly as it was written.");

    public static readonly ErrorCode CatalogMoved = Input(
        "FX1052", nameof(CatalogMoved), "An entry of the catalog was changed since it was looked at.", "Look at it again with `flexcore catalog get`, and change what it is now.");

    public static readonly ErrorCode AlreadyExists = Input(
        "FX1060", nameof(AlreadyExists), "What is to be created exists already.", "Choose another place or name.");

    public static readonly ErrorCode BackupUnusable = Input(
        "FX1061", nameof(BackupUnusable), "A backup cannot be restored.", "Take another one: this is damaged, or of another kind of store.");

    public static readonly ErrorCode NotInThisVersion = Input(
        "FX1090", nameof(NotInThisVersion), "The key or option belongs to a later version of FlexCore.", "Remove it, or use a version that has it.");
#pragma warning restore CS1591

    private static ErrorCode[] InputCodes() =>
    [
        UsageInvalid, FileUnreadable, FileTooLarge, YamlInvalid, YamlTooComplex, EventFileInvalid, ProofInputInvalid, RequestTooLarge, UnknownKey, MissingKey, InvalidValue, DuplicateKey, InvalidName,
        UnknownReference, UnknownStep, StepCycle, SecretMisplaced, SecretMissing, PluginNotFound, PluginWrongKind, CommandNotExecutable, ConfigInvalid, PluginArchiveRefused, ChannelUnknown, SubPipelineUnknown, SubPipelineCycle, GrantMissing, PathRefused,
        PathMissing, SecretUnusable, SecretsReadOnly, CapabilityNotAsked, CapabilityNotGranted, SecretWrittenOut, PipelineAlreadyRunning, PipelineNotStartable, RunEnded, RunNotEnded, BackfillRefused, StateMoved, PipelineMoved, NotFound, SubjectUnknown, CatalogMoved, AlreadyExists, BackupUnusable, NotInThisVersion,
    ];
}
