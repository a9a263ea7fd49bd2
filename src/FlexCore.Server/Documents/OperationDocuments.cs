using System.Text;
using System.Text.Json;
using FlexCore.Application.Access;
using FlexCore.Application.Bus;
using FlexCore.Application.DeadLetters;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Plugins;
using FlexCore.Application.Ports;
using FlexCore.Client;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Provisioning;

using CatalogEntry = FlexCore.Client.CatalogEntry;
using Grant = FlexCore.Client.Grant;
using Plugin = FlexCore.Client.Plugin;
using PluginExposure = FlexCore.Client.PluginExposure;

namespace FlexCore.Server.Documents;

/// <summary>Plugins, events, dead letters, nodes and tokens as the API tells them.</summary>
public static class OperationDocuments
{
    private static readonly JsonElement NoConfig = JsonElement.Parse("{}"u8);

    /// <summary>A plugin of a list.</summary>
    public static PluginListItem Describe(PluginInventory plugin) => new(
        plugin.Name, plugin.Version, plugin.Executions, plugin.Failures, plugin.CpuMs, plugin.PeakMemoryBytes, plugin.LastUsedAt, plugin.IsDisabled);

    /// <summary>A plugin.</summary>
    public static Plugin Describe(PluginSummary plugin) => new(
        plugin.Name, plugin.Plugin.Registered is { } registered ? new PluginRegistration(registered.Version, registered.Kind, registered.Digest, registered.Folder, DescribeInstall(plugin)) : null,
        Describe(plugin.Plugin.Asked), Describe(plugin.Plugin.Standing), Describe(plugin.Plugin.Waiting),
        [.. plugin.Plugin.Places.Select(place => new PlacedGrant(
            place.Pipeline!, place.Step!, place.Grant.Read, place.Grant.Write, place.Grant.Env, place.Grant.Net, place.Grant.Secrets, place.Source))],
        [.. plugin.Decisions.Select(decision => new PluginDecision(decision.At, decision.Actor, InWords(decision.Event)))], plugin.Plugin.Disabled is not null,
        [.. plugin.Versions.Select(kept => new PluginVersion(kept.Version, kept.Folder, kept.IsInUse))]);

    private static PluginInstallation? DescribeInstall(PluginSummary plugin) =>
        plugin.Decisions.LastOrDefault(decision => decision.Event is PluginRegistered) is { Event: PluginRegistered { Install: { } install }, At: var at }
            ? new PluginInstallation(at, install.Run, install.Net, install.Source, install.Isolation, install.DurationMs)
            : null;

    /// <summary>A plugin that was just registered.</summary>
    public static Client.AddedPlugin Describe(Application.Plugins.AddedPlugin added) => new(
        added.Manifest.Name, added.Manifest.Version, added.Manifest.Digest, added.Manifest.Folder, Describe(added.Waiting));

    /// <summary>What a plugin is exposed to.</summary>
    public static PluginAudit Describe(AuditedPlugin plugin) => new(
        plugin.Manifest.Name, plugin.Manifest.Version, plugin.IsRegistered, plugin.Manifest.Digest, plugin.Report.Score, plugin.Report.Word,
        [.. plugin.Report.Exposures.Select(exposure => new PluginExposure(exposure.Tenths / 10m, exposure.What, exposure.Why))]);

    /// <summary>A change of grants.</summary>
    public static Client.GrantChange Describe(string name, Application.Plugins.GrantChange change) => new(name, Describe(change.Changed), Describe(change.Plugin.Standing));

    /// <summary>An event.</summary>
    public static Client.StoredEvent Describe(Application.Ports.StoredEvent stored) => new(stored.Position, stored.Stream, stored.Version, stored.Id, stored.Type, stored.At, stored.Data, stored.Metadata);

    /// <summary>A dead letter without its content.</summary>
    public static DeadLetter Describe(Domain.DeadLetters.DeadLetter letter) => new(
        letter.Id, letter.At, letter.Pipeline, letter.Step, letter.RunId, letter.Attempt, letter.Plugin, letter.Stream, Wording.Of(letter.Reason), letter.Message, letter.SchemaPath, letter.Length,
        letter.KeptLength, letter.IsMasked, letter.IsReplayable, Wording.Of(letter.Status), letter.ReplayedBy);

    /// <summary>A dead letter with its content.</summary>
    public static DeadLetter DescribeWhole(Domain.DeadLetters.DeadLetter letter) => Describe(letter) with
    {
        Raw = Encoding.UTF8.GetString(letter.Raw.Span),
        Schema = letter.Schema is { } schema ? Encoding.UTF8.GetString(schema.Span) : null,
    };

    /// <summary>What will be sent again.</summary>
    public static AcceptedReplay Describe(StartedReplay started) => new([.. started.Runs.Select(run => new Client.ReplayRun(run.RunId, run.Pipeline, run.Step, run.Letters))], started.NotOpen, started.NotReplayable);

    /// <summary>A worker.</summary>
    public static Worker Describe(ProvisioningRequest worker) => new(
        worker.Worker, Wording.Of(worker.Status), worker.Since, worker.RequestedAt, worker.Slots, worker.Labels, worker.Machine, worker.Node, worker.Attempts, worker.RetryAt, worker.Reason);

    /// <summary>A node.</summary>
    public static Node Describe(NodeStatus node) => new(
        node.Node.Id, node.Node.Name, !node.IsLive ? "lost" : node.IsDraining ? "draining" : "live", node.Runs, node.Node.Slots, node.Node.Labels, node.Node.Version, node.Node.StartedAt, node.Node.Address);

    /// <summary>Sums.</summary>
    public static SystemTotals Describe(SystemMetrics sums) => new(sums.Events, sums.Runs, sums.Failures, sums.Records, sums.Bytes, sums.DeadLetters, sums.PluginExecutions);

    /// <summary>An entry of the catalog.</summary>
    public static CatalogEntry Describe(Application.Ports.CatalogEntry entry) => new(entry.Kind, entry.Id, entry.Version, entry.Document);

    /// <summary>A secret.</summary>
    public static Secret Describe(SecretEntry secret) => new(secret.Name, secret.SetAt);

    /// <summary>A token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="now">The time.</param>
    public static Token Describe(AccessToken token, DateTimeOffset now) => new(
        token.Id, token.Name, Wording.Of(token.Role), token.IsRevoked ? "revoked" : token.HoldsAt(now) ? "valid" : "expired", token.ExpiresAt, token.Scope?.Patterns);

    /// <summary>Who asks.</summary>
    public static Identity Describe(Caller caller) => new(caller.Name, Wording.Of(caller.Role), caller.Scope?.Patterns);

    /// <summary>A token that was just given out.</summary>
    /// <param name="issued">The token.</param>
    /// <param name="now">The time.</param>
    public static CreatedToken Describe(IssuedToken issued, DateTimeOffset now) => new(Describe(issued.Token, now), issued.Text.ToString());

    /// <summary>A wish for a token.</summary>
    /// <exception cref="FlexCoreException">Its role or lifetime is none.</exception>
    public static Application.Access.CreateToken Read(Client.CreateToken wish) => new(
        wish.Name, Wording.Read<Role>("role", wish.Role)!.Value, ReadLifetime(wish.Lifetime), wish.Pipelines is { } patterns ? new PipelineScope(patterns) : null);

    /// <summary>An event stream as it once was.</summary>
    public static ReplayedStream Describe(ReplayedHistory replayed) => new(
        replayed.Last.Stream, replayed.Last.Version, replayed.Last.At, replayed.Run is { } run ? RunDocuments.DescribePast(run, replayed.StartedAt) : null,
        replayed.State is { } state ? new ReplayedState(state.Value, state.RunId, [.. state.Targets.Select(target => new ReplayedTarget(target.Target, target.Number, target.Value))]) : null,
        replayed.Pipeline is { } pipeline ? new ReplayedPipeline(Wording.Of(pipeline.Lifecycle), pipeline.Current?.Number, pipeline.Current?.Hash, pipeline.Current?.File) : null,
        replayed.Newest is { } newest ? [.. newest.Select(Describe)] : null);

    /// <summary>A tap that is to be asked for its catalog.</summary>
    /// <param name="plugin">The tap.</param>
    /// <param name="sent">With what.</param>
    /// <param name="folder">The folder, absolute, that relative paths are relative to.</param>
    /// <param name="stop">Ends it.</param>
    public static Application.Plugins.DiscoverPlugin Read(string plugin, Client.DiscoverPlugin sent, string folder, CancellationToken stop) =>
        new(plugin, sent.Config ?? NoConfig, folder, sent.GrantAll, new RunNewsWriter(_ => { }), new StopSignal(stop, stop));

    /// <summary>A task plugin that is to be run once.</summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="sent">With what.</param>
    /// <param name="folder">The folder, absolute, that relative paths are relative to.</param>
    public static StartPlugin Read(string plugin, Client.ExecutePlugin sent, string folder) => new(plugin, sent.Input ?? NoConfig, sent.Args ?? [], folder);

    /// <summary>Capabilities that somebody has written.</summary>
    public static Domain.Plugins.Grant? Read(Grant? written) => written is null ? null : new Domain.Plugins.Grant(written.Read, written.Write, written.Env, written.Net, written.Secrets);

    private static TimeSpan? ReadLifetime(string? text) =>
        text is null ? null : Units.Lifetime(text) ?? throw new FlexCoreException(new Error(ErrorCodes.InvalidValue, $"lifetime must be {Units.LifetimeRule}"));

    private static string InWords(IDomainEvent decision) => decision switch
    {
        PluginRegistered registered => $"registered version {registered.Version}",
        PluginCapabilityGranted granted => $"granted {granted.Grant}",
        PluginCapabilityRevoked revoked => $"revoked {revoked.Grant}",
        PluginDisabled { Reason: { } reason } => $"disabled it: {Printable.Escape(reason)}",
        PluginDisabled => "disabled it",
        PluginEnabled => "enabled it",
        PluginRemoved removed => $"removed version {removed.Version}",
        _ => throw new ArgumentOutOfRangeException(nameof(decision), decision, "nobody decided that"),
    };

    private static Grant Describe(Domain.Plugins.Grant grant) => new(grant.Read, grant.Write, grant.Env, grant.Net, grant.Secrets);
}
