using System.Text.Json;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Tests;

/// <summary>Definitions of which a test does not care about the details.</summary>
internal static class Some
{
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

    public static PluginUse Use(Grant grant, string plugin = "report") => new(
        new PluginManifest
        {
            Name = plugin,
            Version = "1",
            Kind = PluginKind.Task,
            Folder = "/plugins/report",
            Command = ["sh"],
            Digest = "d",
            Capabilities = new CapabilityRequest([], [], []),
            Limits = new PluginLimits(),
        },
        JsonElement.Parse("{}"),
        grant,
        "pipeline");

    public static PipelineStarted Started(Guid run, string pipeline = "orders") => new(run, pipeline, 1, "one", ["load"], FullRefresh: false, Resumes: null);
}
