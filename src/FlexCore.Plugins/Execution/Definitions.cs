using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Execution;

/// <summary>
/// What says what plugins do and may do: the pipeline's file, <c>plugins/</c>, <c>flexcore.yaml</c>, a data directory. A plugin that may write the
/// folder around them must neither change them nor bring its own.
/// </summary>
internal sealed class Definitions(string projectRoot)
{
    private const string Settings = "flexcore.yaml";

    private readonly string _plugins = Path.Combine(projectRoot, "plugins");
    private readonly string _settings = Path.Combine(projectRoot, Settings);

    /// <summary>Where the data directory is, unless the operator says otherwise.</summary>
    public string DataDirectory { get; } = Path.Combine(projectRoot, ".flexcore");

    /// <summary>Those that have to be read-only for a plugin with such a grant. What is not there yet is made, empty, for else the plugin could.</summary>
    /// <exception cref="FlexCoreException">One cannot be protected.</exception>
    public IReadOnlyList<string> Protect(string pipelineFile, Grant grant)
    {
        var file = HostPath.Resolve(pipelineFile) ?? pipelineFile;
        if (IsInside(projectRoot)) MakeMissing();
        for (var folder = Path.GetDirectoryName(file)!; folder != projectRoot && Grant.Covers(projectRoot, folder); folder = Path.GetDirectoryName(folder)!)
        {
            // Making one there would make that folder the project, with what a plugin puts into it.
            if (IsInside(folder)) throw Unprotected($"a {Settings} could be put into {folder} by a plugin that may write there", "Grant a folder in it instead.");
        }

        var protectedPaths = new[] { pipelineFile, file, _plugins, _settings }.Where(path => grant.Write.Any(root => root != path && Grant.Covers(root, path))).Distinct().ToList();
        if (protectedPaths.Select(HostPath.FindLink).FirstOrDefault(link => link is not null) is { } found)
            throw Unprotected($"the symbolic link {found} could be replaced by a plugin that may write the folder around it", "Put what it points at in its place, or grant another folder.");
        return protectedPaths;

        bool IsInside(string folder) => grant.Write.Any(root => Grant.Covers(root, folder));
    }

    private void MakeMissing()
    {
        try
        {
            Directory.CreateDirectory(_plugins);
            Directory.CreateDirectory(DataDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (!File.Exists(_settings)) File.Create(_settings).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unprotected($"what defines the project cannot be made in {projectRoot}: {e.Message}", "Make it writable, or grant a folder in it instead.");
        }
    }

    private static FlexCoreException Unprotected(string why, string remedy) => new(new Error(ErrorCodes.GrantUnusable, why, SpecificRemedy: remedy));
}
