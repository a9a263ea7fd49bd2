using System.CommandLine;
using System.Reflection;
using FlexCore.Cli.Output;
using FlexCore.Domain.Errors;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore init [DIR]</c>.</summary>
internal static class InitCommand
{
    private const string ResourcePrefix = "template/";

    public static Command Create()
    {
        var folder = new Argument<string>("DIR") { Description = "The new project's folder", DefaultValueFactory = _ => "." };
        var command = new Command("init", "Make a new project that runs: a pipeline, plugins, data, a README. Example: flexcore init demo") { folder };
        command.SetAction(parsed =>
        {
            if (parsed.GetRequiredValue(folder) is not { Length: > 0 } chosen)
                return new ErrorPrinter(json: false).Print([new Error(ErrorCodes.UsageInvalid, "the folder of the new project has no name")]);
            var target = Path.GetFullPath(chosen);
            var files = Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal)).ToList();
            var existing = files.Select(name => Path.Combine(target, name[ResourcePrefix.Length..])).Where(Path.Exists).ToList();
            if (existing.Count > 0)
                return new ErrorPrinter(json: false).Print([.. existing.Select(path => new Error(ErrorCodes.AlreadyExists, $"{path} exists already"))]);

            try
            {
                foreach (var name in files) Write(name, Path.Combine(target, name[ResourcePrefix.Length..]));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return new ErrorPrinter(json: false).Print([new Error(ErrorCodes.StoreUnavailable, $"the project cannot be written: {e.Message}", SpecificRemedy: "Choose a folder that you may write.")]);
            }

            var pipeline = Path.GetRelativePath(Environment.CurrentDirectory, Path.Combine(target, "pipeline.yaml"));
            Console.Out.WriteLine($"made a project in {target}");
            Console.Out.WriteLine($"run it: flexcore run {pipeline}");
            return 0;
        });
        return command;
    }

    private static void Write(string resource, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var content = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        content.CopyTo(file);
    }
}
