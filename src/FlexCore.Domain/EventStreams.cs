using System.Security.Cryptography;
using System.Text;
using FlexCore.Domain.Notifications;

namespace FlexCore.Domain;

/// <summary>Names of the event streams: <c>&lt;category&gt;-&lt;id&gt;</c>.</summary>
public static class EventStreams
{
    /// <summary>Category of runs.</summary>
    public const string RunCategory = "run";

    /// <summary>Category of pipelines.</summary>
    public const string PipelineCategory = "pipeline";

    /// <summary>Category of backfills.</summary>
    public const string BackfillCategory = "backfill";

    /// <summary>Category of plugins.</summary>
    public const string PluginCategory = "plugin";

    /// <summary>Category of committed bookmarks.</summary>
    public const string StateCategory = "state";

    /// <summary>The definition of a pipeline.</summary>
    public static string Pipeline(string name) => $"{PipelineCategory}-{name}";

    /// <summary>What stands behind the category in the name of an event stream; null where it is of another category.</summary>
    public static string? IdIn(string stream, string category) => stream.StartsWith(category + "-", StringComparison.Ordinal) ? stream[(category.Length + 1)..] : null;

    /// <summary>One backfill.</summary>
    public static string Backfill(Guid backfillId) => $"{BackfillCategory}-{backfillId}";

    /// <summary>One message to a pipeline, by what its sender calls it.</summary>
    public static string Webhook(string pipeline, string messageId) => $"webhook-{pipeline}.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(messageId)))}";

    /// <summary>One run.</summary>
    public static string Run(Guid runId) => $"{RunCategory}-{runId}";

    /// <summary>The committed bookmarks of one sync step. They outlive the runs that move them.</summary>
    public static string State(string pipeline, string step) => $"{StateCategory}-{pipeline}.{step}";

    /// <summary>The schemas that the record streams of one sync step had.</summary>
    public static string Schemas(string pipeline, string step) => $"schema-{pipeline}.{step}";

    /// <summary>The full refreshes of one sync step.</summary>
    public static string Refreshes(string pipeline, string step) => $"refresh-{pipeline}.{step}";

    /// <summary>What was done with the dead letters of one sync step.</summary>
    public static string DeadLetters(string pipeline, string step) => $"deadletter-{pipeline}.{step}";

    /// <summary>Registration and grants of a plugin.</summary>
    public static string Plugin(string name) => $"{PluginCategory}-{name}";

    /// <summary>One start of one plugin process.</summary>
    public static string Execution(Guid executionId) => $"execution-{executionId}";

    /// <summary>What a channel was told of a pipeline on one kind of occasion.</summary>
    public static string Notifications(string channel, string pipeline, Occasion on) => $"notification-{channel}.{pipeline}.{on.Name()}";

    /// <summary>Category of entries of the catalog.</summary>
    public const string CatalogCategory = "catalog";

    /// <summary>What became of one entry of the catalog.</summary>
    public static string Catalog(string kind, string id) => $"{CatalogCategory}-{kind}.{id}";

    /// <summary>When a secret was set and deleted.</summary>
    public static string Secret(string name) => $"secret-{name}";

    /// <summary>A request that somebody may repeat, by who asks, whatever they are called, and the key that they gave it.</summary>
    public static string Request(string identity, string key) => $"request-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{identity}\n{key}")))}";

    /// <summary>All access tokens.</summary>
    public const string Tokens = "access-tokens";

    /// <summary>Tokens that were refused.</summary>
    public const string RefusedTokens = "access-refused-tokens";

    /// <summary>One session of somebody at the console, by a hash of its secret.</summary>
    public static string Session(string hash) => $"session-{hash}";

    /// <summary>What somebody was refused.</summary>
    public static string Access(string caller) => $"access-caller.{caller}";

    /// <summary>The keys with which the log was signed.</summary>
    public const string SigningKeys = "log-keys";

    /// <summary>What has left the database for files.</summary>
    public const string Archive = "log-archive";

    /// <summary>When nodes have left a system alone that kept failing.</summary>
    public static string Circuit(string system) => $"circuit-{system}";

    /// <summary>What is known of one machine.</summary>
    public static string Node(string name) => $"node-{name}";
}
