using System.Collections.Immutable;
using FlexCore.Domain.Errors;

namespace FlexCore.Domain.Plugins;

/// <summary>
/// What is on record of a plugin: what was registered and what it asks for, what an operator has granted it wherever it is used, and what it got at
/// each place. Nothing is granted that the newest version does not ask, and a version that asks for more gets no more by that: it waits.
/// </summary>
public sealed record Plugin
{
    private Plugin()
    {
    }

    /// <summary>A plugin of which nothing is on record.</summary>
    public static Plugin Unknown { get; } = new();

    /// <summary>Every registration, oldest first; the last one holds.</summary>
    public ImmutableList<PluginRegistered> Registrations { get; private init; } = [];

    /// <summary>What is registered; null when it is only used from a project, and when it was removed.</summary>
    public PluginRegistered? Registered => IsRemoved ? null : Registrations.LastOrDefault();

    /// <summary>Whether its registration was ended.</summary>
    public bool IsRemoved { get; private init; }

    /// <summary>That no run begins with it, and why; null where runs do.</summary>
    public PluginDisabled? Disabled { get; private init; }

    /// <summary>What an operator has granted it wherever it is used, out of what it asks: as the manifest writes it, or definite.</summary>
    public Grant Standing { get; private init; } = Grant.None;

    /// <summary>What it got last at each place of a pipeline.</summary>
    public ImmutableList<PluginCapabilityGranted> Places { get; private init; } = [];

    /// <summary>What it asks for, as its manifest writes it.</summary>
    public Grant Asked => Registered?.Asks ?? Grant.None;

    /// <summary>What it asks for and has no standing grant for.</summary>
    public Grant Waiting => new(
        [.. Asked.Read.Where(ask => IsWaiting(ask, Asked.Read, Standing.Read, Grant.Covers) && !Standing.Write.Any(root => Grant.Covers(root, ask)))],
        [.. Asked.Write.Where(ask => IsWaiting(ask, Asked.Write, Standing.Write, Grant.Covers))],
        [.. Asked.Env.Except(Standing.Env)],
        [.. Asked.Net.Where(ask => IsWaiting(ask, Asked.Net, Standing.Net, string.Equals))],
        [.. Asked.Secrets.Except(Standing.Secrets)]);

    /// <summary>Folds its event stream.</summary>
    public static Plugin From(IEnumerable<IDomainEvent> history) => history.Aggregate(Unknown, (plugin, @event) => plugin.Apply(@event));

    /// <summary>Folds one event.</summary>
    public Plugin Apply(IDomainEvent @event) => @event switch
    {
        PluginRegistered registered => this with { Registrations = Registrations.Add(registered), IsRemoved = false, Standing = StillAsked(Standing, registered.Asks ?? Grant.None) },
        PluginCapabilityGranted { Pipeline: null } granted => this with { Standing = Standing.Union(granted.Grant) },
        PluginCapabilityGranted granted => this with { Places = Places.RemoveAll(granted.IsForSamePlace).Add(granted) },
        PluginCapabilityRevoked revoked => this with { Standing = Standing.Without(revoked.Grant) },
        PluginDisabled disabled => this with { Disabled = disabled },
        PluginEnabled => this with { Disabled = null },
        PluginRemoved => this with { IsRemoved = true, Standing = Grant.None },
        PluginRefused or UnknownEvent => this,
        _ => throw new InvalidOperationException($"{@event.GetType().Name} is not an event of a plugin"),
    };

    /// <summary>Registers a version, the first one or another; grants for what it does not ask any more end.</summary>
    /// <param name="copy">The registered copy.</param>
    /// <param name="install">How it was installed; null where there was nothing to install.</param>
    public static PluginRegistered Register(PluginManifest copy, InstallRecord? install) =>
        new(copy.Name, copy.Version, copy.Kind.ToString().ToLowerInvariant(), copy.Digest, copy.RegisteredFolder ?? copy.Folder, copy.Capabilities, install);

    /// <summary>Says why a version may not be installed; null when it may. What the registered version was granted for its install, another one keeps.</summary>
    /// <param name="fresh">The version.</param>
    /// <param name="granted">What it is granted now, each <c>host:port</c>.</param>
    public Error? RefuseInstall(PluginManifest fresh, IReadOnlyList<string> granted)
    {
        IReadOnlyList<string> asked = fresh.Install?.Net ?? [];
        if (granted.Except(asked).ToList() is { Count: > 0 } unasked)
            return new Error(ErrorCodes.CapabilityNotAsked, $"the install of plugin {fresh.Name} {fresh.Version} does not ask for net {string.Join(", ", unasked)}");
        return asked.Except(granted).Except(Registered?.Install?.Net ?? []).ToList() is { Count: > 0 } missing
            ? new Error(
                ErrorCodes.GrantMissing, $"the install of plugin {fresh.Name} {fresh.Version} asks for net {string.Join(", ", missing)}, which nobody has granted it",
                SpecificRemedy: $"Look what it runs: {string.Join("; ", fresh.Install!.Run.Select(Printable.Escape))}\nIf you trust it, add this to the command; it is for the install alone, and not for the plugin when it runs:\n{string.Join(' ', missing.Select(destination => $"--net {destination}"))}")
            : null;
    }

    /// <summary>Says why another version cannot take the place of the registered one; null when it can.</summary>
    /// <param name="fresh">The other version.</param>
    public Error? RefuseUpgrade(PluginManifest fresh)
    {
        if (Registered is not { } registered) return new Error(ErrorCodes.NotFound, $"plugin {fresh.Name} is not registered here", SpecificRemedy: "Register it with `flexcore plugin add DIR`.");
        if (SourceOf(registered) == fresh.Digest) return new Error(ErrorCodes.AlreadyExists, $"plugin {fresh.Name} {registered.Version} is registered with the very same files", SpecificRemedy: "There is nothing to do.");
        var kind = fresh.Kind.ToString().ToLowerInvariant();
        return registered.Kind == kind
            ? null
            : new Error(ErrorCodes.PluginWrongKind, $"plugin {fresh.Name} is registered as a {registered.Kind}, and this is a {kind}", SpecificRemedy: "Give it another name, or remove the registered one first.");
    }

    /// <summary>Lets no run begin with it.</summary>
    /// <returns>Null where none does already.</returns>
    public PluginDisabled? Disable(string? reason) => Disabled is null ? new PluginDisabled(reason) : null;

    /// <summary>Lets runs begin with it again.</summary>
    /// <returns>Null where they do already.</returns>
    public PluginEnabled? Enable() => Disabled is null ? null : new PluginEnabled();

    /// <summary>Ends its registration.</summary>
    /// <returns>Null where it has none.</returns>
    public PluginRemoved? Remove() => Registered is { } registered ? new PluginRemoved(registered.Version) : null;

    /// <summary>Says why a run may not begin with it; null when it may.</summary>
    /// <param name="found">The plugin as the run would find it.</param>
    /// <returns>The error, and what is missing by the words of <see cref="PluginRefused"/>.</returns>
    public (Error Error, string Missing)? RefuseToRun(PluginManifest found)
    {
        if (Disabled is { } disabled)
            return (new Error(ErrorCodes.PluginDisabled, $"plugin {found.Name} is disabled{(disabled.Reason is { } reason ? $": {Printable.Escape(reason)}" : "")}"), "enabled");
        if (IsRemoved && Registrations.Any(earlier => earlier.Folder == found.RegisteredFolder))
            return (new Error(ErrorCodes.PluginNotFound, $"plugin {found.Name} was removed; {found.Folder} is a copy of it that is left"), "registration");
        return Registered is { } registered && registered.Folder == found.RegisteredFolder && !IsAsRegistered(found, registered)
            ? (new Error(
                ErrorCodes.PluginChanged, $"plugin {found.Name}: the files in {found.Folder} are not those that were registered (sha256 {found.Digest[..12]}…, registered {registered.Digest[..12]}…)"), "registered files")
            : null;
    }

    /// <summary>SHA-256 over its files as its author gives them away.</summary>
    private static string SourceOf(PluginRegistered registered) => registered.Install?.Source ?? registered.Digest;

    /// <summary>The last registration holds, on every node that has made the same by its install; for whoever asks for a version, each one of that version.</summary>
    private bool IsAsRegistered(PluginManifest found, PluginRegistered registered) => Registrations.Any(earlier =>
        earlier.Digest == found.Digest && (found.IsPinned ? earlier.Version == found.Version : SourceOf(earlier) == SourceOf(registered)));

    /// <summary>Takes down what it gets at a place of a pipeline; null when it got the same the last time.</summary>
    public PluginCapabilityGranted? Use(string pipeline, string step, Grant grant, string source)
    {
        PluginCapabilityGranted used = new(pipeline, step, grant, source);
        return Places.Find(used.IsForSamePlace)?.SaysTheSameAs(used) == true ? null : used;
    }

    /// <summary>
    /// Grants wherever it is used. Each capability is one that it asks, as its manifest writes it; where that has a reference, also a path or
    /// destination that the reference may come to stand for.
    /// </summary>
    /// <returns>What is new by that, perhaps nothing.</returns>
    public Result<PluginCapabilityGranted> Allow(Grant wanted)
    {
        if (Registered is not { Asks: { } asks } registered)
        {
            return new Error(
                ErrorCodes.NotFound, "what the plugin asks for is not on record", SpecificRemedy: "Register it with `flexcore plugin add DIR`; to a plugin of a project's plugins/ folder, grant in the pipeline file.");
        }

        var unasked = wanted.Without(StillAsked(wanted, asks));
        Error[] errors =
        [
            .. unasked.InWords().Select(capability => new Error(ErrorCodes.CapabilityNotAsked, $"plugin {registered.Name} {registered.Version} does not ask for {capability}")),
            .. wanted.Read.Concat(wanted.Write).Select(path => Grant.RefuseToGrant(path, location: null)).OfType<Error>(),
        ];
        return errors.Length > 0 ? errors : new PluginCapabilityGranted(Pipeline: null, Step: null, wanted.Without(Standing), PluginCapabilityGranted.Standing);
    }

    /// <summary>Takes standing grants back; with a folder also those of what lies in it.</summary>
    /// <returns>What is granted no more. An error where it would go on to be granted by something else.</returns>
    public Result<PluginCapabilityRevoked> Revoke(Grant unwanted)
    {
        Grant ended = new(
            [.. Standing.Read.Where(path => unwanted.Read.Any(root => Grant.Covers(root, path)))],
            [.. Standing.Write.Where(path => unwanted.Write.Any(root => Grant.Covers(root, path)))],
            [.. Standing.Env.Intersect(unwanted.Env)],
            [.. Standing.Net.Intersect(unwanted.Net)],
            [.. Standing.Secrets.Intersect(unwanted.Secrets)]);
        var remaining = Standing.Without(ended);
        Grant ineffective = new(
            [.. unwanted.Read.Where(path => !ended.Read.Any(gone => Grant.Covers(path, gone)) || remaining.Read.Concat(remaining.Write).Any(root => Grant.Covers(root, path)))],
            [.. unwanted.Write.Where(path => !ended.Write.Any(gone => Grant.Covers(path, gone)) || remaining.Write.Any(root => Grant.Covers(root, path)))],
            [.. unwanted.Env.Except(ended.Env)],
            [.. unwanted.Net.Except(ended.Net)],
            [.. unwanted.Secrets.Except(ended.Secrets)]);
        return ineffective.IsEmpty
            ? new PluginCapabilityRevoked(ended)
            : ineffective.InWords()
                .Select(capability => new Error(ErrorCodes.CapabilityNotGranted, $"{capability} is not granted, or something else grants it too; granted is: {Standing}"))
                .ToArray();
    }

    private static Grant StillAsked(Grant granted, Grant asks)
    {
        return new Grant(
            Kept(granted.Read, asks.Read), Kept(granted.Write, asks.Write), [.. granted.Env.Intersect(asks.Env)], Kept(granted.Net, asks.Net), [.. granted.Secrets.Intersect(asks.Secrets)]);

        static List<string> Kept(IReadOnlyList<string> granted, IReadOnlyList<string> asks) =>
            [.. granted.Where(item => asks.Contains(item) || (!Grant.IsReference(item) && asks.Any(Grant.IsReference)))];
    }

    /// <summary>A definite ask waits for a grant that covers it; one with a reference for itself, or for anything that it may come to stand for.</summary>
    private static bool IsWaiting(string ask, IReadOnlyList<string> asks, IReadOnlyList<string> granted, Func<string, string, bool> covers) =>
        !granted.Any(item => item == ask || (Grant.IsReference(ask) ? !Grant.IsReference(item) && !asks.Contains(item) : covers(item, ask)));
}
