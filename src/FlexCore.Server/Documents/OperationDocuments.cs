using System.Text;
using FlexCore.Application.Plugins;
using FlexCore.Application.Ports;
using FlexCore.Client;
using FlexCore.Domain.Access;

namespace FlexCore.Server.Documents;

/// <summary>Plugins, events, dead letters, nodes and tokens as the API tells them.</summary>
public static class OperationDocuments
{
    /// <summary>A plugin of a list.</summary>
    public static PluginListItem Describe(PluginInventory plugin) => new(
        plugin.Name, plugin.Version, plugin.Executions, plugin.Failures, plugin.CpuMs, plugin.PeakMemoryBytes, plugin.LastUsedAt);

    /// <summary>A plugin.</summary>
    public static Plugin Describe(PluginSummary plugin) => new(
        plugin.Name, plugin.Plugin.Registered is { } registered ? new PluginRegistration(registered.Version, registered.Kind, registered.Digest) : null,
        Describe(plugin.Plugin.Asked), Describe(plugin.Plugin.Standing), Describe(plugin.Plugin.Waiting));

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

    /// <summary>A node.</summary>
    public static Node Describe(NodeStatus node) => new(
        node.Node.Id, node.Node.Name, !node.IsLive ? "lost" : node.IsDraining ? "draining" : "live", node.Runs, node.Node.Slots, node.Node.Labels, node.Node.Version, node.Node.StartedAt);

    /// <summary>Sums.</summary>
    public static SystemTotals Describe(SystemMetrics sums) => new(sums.Events, sums.Runs, sums.Failures, sums.Records, sums.Bytes, sums.DeadLetters, sums.PluginExecutions);

    /// <summary>A secret.</summary>
    public static Secret Describe(SecretEntry secret) => new(secret.Name, secret.SetAt);

    /// <summary>A token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="now">The time.</param>
    public static Token Describe(AccessToken token, DateTimeOffset now) => new(
        token.Id, token.Name, Wording.Of(token.Role), token.IsRevoked ? "revoked" : token.HoldsAt(now) ? "valid" : "expired", token.ExpiresAt);

    private static Grant Describe(Domain.Plugins.Grant grant) => new(grant.Read, grant.Write, grant.Env, grant.Net, grant.Secrets);
}
