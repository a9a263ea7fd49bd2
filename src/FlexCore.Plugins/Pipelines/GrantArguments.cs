using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Pipelines;

/// <summary>Reads the capabilities that an operator names on the command line.</summary>
internal static class GrantArguments
{
    /// <summary>Brings them into the form that manifests are read into. References stay as they are.</summary>
    /// <param name="written">As they were typed.</param>
    /// <param name="folder">Relative paths begin here; null where none may be relative.</param>
    /// <param name="dataDirectory">Closed to all plugins.</param>
    public static Result<Grant> Read(Grant written, string? folder, string dataDirectory)
    {
        var errors = new List<Error>();
        errors.AddRange(written.Read.Concat(written.Write)
            .Where(path => folder is null && !Grant.IsReference(path) && !Path.IsPathFullyQualified(path))
            .Select(path => new Error(ErrorCodes.InvalidValue, $"the path {Printable.Escape(path)} must be an absolute one of the machine where plugins run")));
        if (errors.Count > 0) return errors.ToArray();
        var grant = written with { Read = Paths(written.Read), Write = Paths(written.Write), Net = [.. written.Net.Select(Destination).OfType<string>()] };
        errors.AddRange(grant.Read.Concat(grant.Write)
            .Where(path => !Grant.IsReference(path))
            .Select(path => GrantResolver.RefuseDataDirectory(dataDirectory, path, at: null))
            .OfType<Error>());
        return errors.Count > 0 ? errors.ToArray() : grant;

        List<string> Paths(IReadOnlyList<string> paths) =>
            [.. paths.Select(path => Grant.IsReference(path) ? path : Path.TrimEndingDirectorySeparator(Path.GetFullPath(path, folder ?? "/")))];

        string? Destination(string text)
        {
            if (Grant.IsReference(text)) return text;
            var endpoint = SandboxEndpoint.Parse(text, out var problem);
            if (endpoint is null) errors.Add(new Error(ErrorCodes.UsageInvalid, $"--net {Printable.Escape(text)}: it {problem}"));
            return endpoint?.ToString();
        }
    }
}
