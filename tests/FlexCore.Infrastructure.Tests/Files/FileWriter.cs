using System.Diagnostics;
using FlexCore.Infrastructure.Files;

namespace FlexCore.Infrastructure.Tests.Files;

/// <summary>Another process that puts one file again and again, each time with other bytes, and says each time that it has, until it is killed.</summary>
internal static class FileWriter
{
    public const string Command = "write-files";

    public const string Name = "a/b";

    /// <summary>How long the file is that has this byte in all its places.</summary>
    public static int LengthOf(byte value) => 3_000_000 + (value * 1000);

    /// <returns>What it had said last when it was killed.</returns>
    public static async Task<byte> KillAfterAsync(string folder, int puts)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(FileWriter).Assembly.Location, Command, folder]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true })!;
        byte said = 0;
        for (var heard = 0; heard < puts; heard++) said = byte.Parse((await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!);
        process.Kill();
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (byte.TryParse(line, out var last)) said = last;
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return said;
    }

    public static async Task WriteUntilKilledAsync(string folder)
    {
        // Ends with the test, should the test die before it kills.
        var end = Task.Run(Console.ReadLine);
        await using var store = new LocalFileStore(new FilesOptions { Local = { Path = folder } }, TimeProvider.System);
        for (byte value = 1; !end.IsCompleted; value++)
        {
            await store.PutAsync(Name, new MemoryStream([.. Enumerable.Repeat(value, LengthOf(value))]), CancellationToken.None);
            Console.WriteLine(value);
        }
    }
}
