using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using FlexCore.Domain.Errors;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.BuiltIn;

/// <summary>The files of a step inside the runtime. Plugins may write beside them: no symbolic link is followed, which one of them could have put there to have other files read or written.</summary>
internal static class StepFiles
{
    /// <summary>Opens a file.</summary>
    /// <exception cref="FlexCoreException">It is not there, or is no file.</exception>
    public static FileStream OpenRead(string path)
    {
        RefuseLinks(path);
        try
        {
            return UntrustedFiles.OpenRead(path) ?? throw Unusable(path, "is not a file");
        }
        catch (FileNotFoundException)
        {
            throw Unusable(path, "does not exist");
        }
        catch (IOException e)
        {
            throw Unusable(path, $"cannot be read: {e.Message}");
        }
    }

    /// <summary>All that is in a file.</summary>
    public static async Task<byte[]> ReadAllAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = OpenRead(path);
        if (file.Length > StepData.MostBytes) throw StepData.Invalid($"{path} is larger than {StepData.MostBytes >> 20} MiB");
        var content = new byte[file.Length];
        await file.ReadExactlyAsync(content, cancellationToken);
        return content;
    }

    /// <summary>The lines of a file, without their ends; those with nothing in them are left out.</summary>
    public static async IAsyncEnumerable<(int Number, ReadOnlyMemory<byte> Line)> ReadLinesAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var file = OpenRead(path);
        var reader = PipeReader.Create(file, new StreamPipeReaderOptions(bufferSize: 1 << 16, leaveOpen: true));
        for (var number = 1; ; number++)
        {
            var (line, isLast) = await ReadLineAsync(reader, path, number, cancellationToken);
            if (line.Length > 0) yield return (number, line);
            if (isLast) break;
        }

        await reader.CompleteAsync();
    }

    /// <summary>Goes on only where no symbolic link is on the way to a file.</summary>
    /// <exception cref="FlexCoreException">There is one.</exception>
    public static void RefuseLinks(string path)
    {
        if (HostPath.FindLink(path) is { } link) throw Unusable(path, $"goes through the symbolic link {link}");
    }

    public static FlexCoreException Unusable(string path, string problem) => new(new Error(ErrorCodes.StepDataInvalid, $"{path} {problem}"));

    private static async ValueTask<(byte[] Line, bool IsLast)> ReadLineAsync(PipeReader reader, string path, int number, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            var end = buffer.PositionOf((byte)'\n');
            var line = end is { } at ? buffer.Slice(0, at) : buffer;
            if (line.Length > StepData.MostLineBytes) throw StepData.Invalid($"{path}, line {number} is longer than {StepData.MostLineBytes >> 20} MiB");
            if (end is null && !read.IsCompleted)
            {
                reader.AdvanceTo(buffer.Start, buffer.End);
                continue;
            }

            var content = line.ToArray();
            reader.AdvanceTo(end is { } newline ? buffer.GetPosition(1, newline) : buffer.End);
            return (content is [.. var text, (byte)'\r'] ? text : content, end is null);
        }
    }
}
