using System.Text;
using FlexCore.Sandbox.Spawning;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox.Bubblewrap;

/// <summary>
/// Collects arguments and the memory files they refer to by number. Everything goes through one sealed memory file
/// (<c>--args</c>): nothing of it can be read in <c>/proc/PID/cmdline</c>.
/// </summary>
internal sealed class BubblewrapArguments : IDisposable
{
    public const int ArgumentsDescriptor = 10;
    public const int StatusDescriptor = 11;
    private const int FirstFile = 12;

    private readonly MemoryStream _arguments = new();
    private readonly List<InheritedDescriptor> _files = [];

    /// <summary>The memory files added so far.</summary>
    public IReadOnlyList<InheritedDescriptor> Files => _files;

    public BubblewrapArguments Add(params ReadOnlySpan<string> arguments)
    {
        foreach (var argument in arguments)
        {
            if (argument.Contains('\0', StringComparison.Ordinal))
            {
                throw new ArgumentException("A path or variable contains a NUL character.", nameof(arguments));
            }

            _arguments.Write(Encoding.UTF8.GetBytes(argument));
            _arguments.WriteByte(0);
        }

        return this;
    }

    /// <summary>Adds a file of the given content and returns the number under which bubblewrap finds it.</summary>
    public string AddFile(ReadOnlySpan<byte> content)
    {
        var number = FirstFile + _files.Count;
        _files.Add(new InheritedDescriptor(MemoryFile.Create("flexcore", content), number));
        return $"{number}";
    }

    /// <summary>Seals what was added; the file goes to bubblewrap as <see cref="ArgumentsDescriptor"/>.</summary>
    public SafeFileHandle Seal() => MemoryFile.Create("flexcore-arguments", _arguments.GetBuffer().AsSpan(0, (int)_arguments.Length));

    public void Dispose()
    {
        foreach (var file in _files)
        {
            file.Handle.Dispose();
        }

        _arguments.Dispose();
    }
}
