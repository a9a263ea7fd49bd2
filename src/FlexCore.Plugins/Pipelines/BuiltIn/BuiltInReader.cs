using System.Text.Json.Nodes;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines.BuiltIn;

/// <summary>What a step inside the runtime does, as written.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Settings">How.</param>
internal sealed record WrittenBuiltIn(BuiltInKind Kind, YamlMap Settings);

/// <summary>Reads steps inside the runtime.</summary>
/// <param name="projectRoot">Their files lie in it.</param>
/// <param name="closed">But not in here.</param>
/// <param name="errors">Where errors go.</param>
internal sealed class BuiltInReader(string projectRoot, string closed, List<Error> errors)
{
    /// <summary>The keys of these kinds of steps.</summary>
    public static readonly IReadOnlyDictionary<string, BuiltInKind> Kinds = new Dictionary<string, BuiltInKind>(StringComparer.Ordinal) { ["http"] = BuiltInKind.Http, ["json"] = BuiltInKind.Json, ["sql"] = BuiltInKind.Sql };

    /// <summary>Makes a step of what is written.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="needs">Steps that it needs.</param>
    /// <param name="written">What it does.</param>
    /// <param name="pipelinePath">The absolute path of the pipeline file.</param>
    /// <param name="references">What its settings may refer to.</param>
    public BuiltInStep Resolve(string id, IReadOnlyList<string> needs, WrittenBuiltIn written, string pipelinePath, References references)
    {
        var settings = new WrittenSettings(written.Settings, references, errors);
        var files = new ProjectFiles(projectRoot, Path.GetDirectoryName(pipelinePath)!, closed, errors);
        var map = new MapReader(settings.Map, errors);
        var (read, system) = Read(written.Kind, map, settings, files);
        return new BuiltInStep(id, needs, written.Kind, read.ToElement()) { LateTexts = LateTemplate.FindAll(read), Systems = system is null ? [] : [system], Reads = files.Reads, Writes = files.Writes };
    }

    private (JsonObject Settings, string? System) Read(BuiltInKind kind, MapReader map, WrittenSettings settings, ProjectFiles files)
    {
        switch (kind)
        {
            case BuiltInKind.Http:
                var http = new HttpSettingsReader(settings, files, errors);
                return (http.Read(map), http.System);
            case BuiltInKind.Sql:
                var sql = new SqlSettingsReader(settings, files, errors);
                return (sql.Read(map), sql.System);
            default:
                return (new JsonSettingsReader(settings, files, errors).Read(map), null);
        }
    }
}
