using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Cli.Output;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore db backup|restore</c>.</summary>
internal static class DbBackupCommands
{
    public static Command Backup()
    {
        var file = new Argument<string>("FILE") { Description = "A file that is not there yet" };
        var logs = new Option<bool>("--logs") { Description = "With what plugins have said" };
        var command = new Command("backup", "Write all but the keys into one file, while runs go on, and verify the log in it. Example: flexcore db backup /backup/monday.tar.gz") { file, logs, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var project = ProjectLocation.OfCurrentFolder(parsed).MustExist();
            var path = parsed.GetRequiredValue(file);
            await using var session = await Session.OpenAsync(project, cancellationToken);
            var events = await WriteAsync(session, path, parsed.GetValue(logs), cancellationToken);
            var size = new FileInfo(path).Length;
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(new JsonObject { ["file"] = path, ["bytes"] = size, ["events"] = events });
            else Console.Out.WriteLine($"{Words.Count(events, "event")} verified and in {path}, {Words.Size(size)}");
            await Console.Error.WriteLineAsync($"note: the keys in {Path.Combine(project.Data, "keys")} are not in it, nor are the files of the project: keep copies of them in other places");
            return 0;
        });
        return command;
    }

    public static Command Restore()
    {
        var file = new Argument<string>("FILE") { Description = "What db backup has written" };
        var command = new Command("restore", "Make a data directory, and the tables on PostgreSQL, of a backup; the log in it is verified first. Example: flexcore db restore /backup/monday.tar.gz") { file, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var project = ProjectLocation.OfCurrentFolder(parsed);
            await using var input = OpenRead(parsed.GetRequiredValue(file));
            var (at, events) = await InfrastructureModule.RestoreAsync(input, project.Data, project.ReadSettings(), TimeProvider.System, cancellationToken);
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(new JsonObject { ["data"] = project.Data, ["at"] = at, ["events"] = events });
            else Console.Out.WriteLine($"{Words.Count(events, "event")} verified and in {project.Data}, as of {Words.Time(at)}");
            return 0;
        });
        return command;
    }

    // Half a backup could be taken for a whole one: a file stays only when all is in it.
    private static async Task<long> WriteAsync(Session session, string path, bool withLogs, CancellationToken cancellationToken)
    {
        var output = OwnFile.Create(path);
        try
        {
            await using (output) return await session.EventLog.BackUpAsync(output, session.Settings, withLogs, cancellationToken);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    private static FileStream OpenRead(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FlexCoreException(new Error(ErrorCodes.FileUnreadable, $"the file {path} cannot be read: {e.Message}"), e);
        }
    }
}
