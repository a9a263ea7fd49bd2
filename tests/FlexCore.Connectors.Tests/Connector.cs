using System.Text.Json;
using System.Text.Json.Nodes;

namespace FlexCore.Connectors.Tests;

/// <summary>Connectors as the programs that they are, with files as a runtime gives them.</summary>
internal sealed class Connector : IDisposable
{
    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public string Folder { get; } = Directory.CreateTempSubdirectory("flexcore-connectors-").FullName;

    public string PathOf(string name) => Path.Combine(Folder, name);

    public string Write(string name, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllText(PathOf(name), content);
        return PathOf(name);
    }

    /// <summary>Runs a tap.</summary>
    /// <returns>What it wrote, with its messages as JSON.</returns>
    public async Task<(CommandResult Result, IReadOnlyList<JsonNode> Messages)> TapAsync(string name, JsonObject config, JsonNode? state = null, JsonNode? catalog = null)
    {
        List<string> arguments = [name, "--config", Write("config.json", config.ToJsonString())];
        if (state is not null) arguments.AddRange(["--state", Write("state.json", state.ToJsonString())]);
        if (catalog is not null) arguments.AddRange(["--catalog", Write("catalog.json", catalog.ToJsonString())]);
        var result = await RunAsync(arguments);
        return (result, [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)]);
    }

    /// <summary>Runs a target.</summary>
    public Task<CommandResult> TargetAsync(string name, JsonObject config, string messages) => RunAsync([name, "--config", Write("target.json", config.ToJsonString())], messages);

    public Task<CommandResult> RunAsync(IEnumerable<string> arguments, string input = "") => Command.RunAsync(Path.Combine(AppContext.BaseDirectory, "flexcore-connectors"), arguments, Folder, input: input);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>Messages as a tap writes them.</summary>
    public static string Lines(params object[] messages) => string.Concat(messages.Select(message => (message as string ?? JsonSerializer.Serialize(message)) + "\n"));

    public static object Schema(string stream, object properties, params string[] keys) => new { type = "SCHEMA", stream, schema = new { type = "object", properties }, key_properties = keys };

    public static object Record(string stream, object record, long? version = null) => version is null ? new { type = "RECORD", stream, record } : new { type = "RECORD", stream, record, version };

    public static object State(object value) => new { type = "STATE", value };
}
