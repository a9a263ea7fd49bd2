using System.CommandLine;
using FlexCore.Client;
using FlexCore.Domain.Errors;
using FlexCore.Plugins;

namespace FlexCore.Cli.Api;

/// <summary>Pipeline files of this machine, as they are sent.</summary>
internal static class PipelineFiles
{
    /// <summary>Reads them.</summary>
    /// <param name="files">As the user has named them.</param>
    /// <param name="parsed">Says where they go: to a server they go by their place in the project.</param>
    /// <exception cref="FlexCoreException">Some cannot be read.</exception>
    public static IReadOnlyList<PipelineSource> Read(IReadOnlyList<string> files, ParseResult parsed)
    {
        var isSent = ServerLocation.IsWanted(parsed);
        var (read, errors) = (new List<PipelineSource>(), new List<Error>());
        foreach (var file in files)
        {
            var text = PluginsModule.ReadText(file);
            errors.AddRange(text.Errors);
            if (text.IsSuccess) read.Add(new PipelineSource(isSent ? Path.GetRelativePath(ProjectLocation.RootOf(file), Path.GetFullPath(file)) : file, text.Value));
        }

        return errors.Count == 0 ? read : throw new FlexCoreException(errors);
    }
}
