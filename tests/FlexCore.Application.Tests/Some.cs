using System.Text.Json;
using FlexCore.Application.Bus;
using FlexCore.Domain.Access;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Tests;

/// <summary>Definitions of which a test does not care about the details.</summary>
internal static class Some
{
    public static Caller Caller { get; } = new("zoe", Role.Admin);

    public static PipelineDefinition Pipeline(params Step[] steps) => new()
    {
        Name = "orders",
        File = "/work/orders.yaml",
        Document = JsonElement.Parse("""{"name":"orders"}"""),
        Hash = "one",
        Vars = new Dictionary<string, JsonElement>(StringComparer.Ordinal),
        Steps = steps,
    };

    public static TaskStep Task(string id, params string[] needs) => new(id, needs, Use(new Grant(["/data"], [], [])), []);

    public static SyncStep Sync(string id, params Stage[] through) =>
        new(id, ["before"], Use(new Grant([], [], []), "tap"), [], through, [Use(new Grant([], [], []), "target")], Validation.None);

    public static DeadLetter Letter(string pipeline = "orders", string step = "load", int stage = 0, string raw = "{}") => new()
    {
        Id = Guid.CreateVersion7(),
        At = DateTimeOffset.UnixEpoch,
        Pipeline = pipeline,
        Step = step,
        RunId = Guid.Empty,
        Attempt = 1,
        Plugin = "tap",
        Stage = stage,
        Stream = "s",
        Reason = DeadLetterReason.Invalid,
        Message = "line 1: no",
        Raw = System.Text.Encoding.UTF8.GetBytes(raw),
        KeptLength = raw.Length,
        Length = raw.Length,
        IsMasked = false,
    };

    public static PluginUse Use(Grant grant, string plugin = "report") => new(
        new PluginManifest
        {
            Name = plugin,
            Version = "1",
            Kind = PluginKind.Task,
            Folder = "/plugins/report",
            Command = ["sh"],
            Digest = "d",
            Capabilities = Grant.None,
            Limits = new PluginLimits(),
        },
        JsonElement.Parse("{}"),
        grant,
        "pipeline");

    public static PipelineStarted Started(Guid run, string pipeline = "orders") => new(run, pipeline, 1, "one", ["load"], FullRefresh: false, Resumes: null);
}
