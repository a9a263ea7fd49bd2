using System.Text.Json;
using FlexCore.Sandbox.Pipes;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox.Bubblewrap;

/// <summary>Reads what bubblewrap reports of its child: one JSON document per line.</summary>
internal sealed unsafe class StatusPipe(SafeFileHandle pipe) : IDisposable
{
    private readonly List<byte> _line = [];

    /// <summary>The first process of the sandbox, as the host numbers it.</summary>
    public int? ChildPid { get; private set; }

    /// <summary>The number of the sandbox's pid namespace.</summary>
    public long? PidNamespace { get; private set; }

    /// <summary>The number of the sandbox's network namespace.</summary>
    public long? NetworkNamespace { get; private set; }

    /// <summary>How the program ended. Without one, the sandbox was never complete or was destroyed.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>Completes when there is something to read, or bubblewrap has gone.</summary>
    public Task WhenReadableAsync() => Readiness.WhenReadableAsync(pipe);

    /// <summary>Reads what there is.</summary>
    /// <returns>False once bubblewrap has gone.</returns>
    public bool Read()
    {
        var buffer = stackalloc byte[512];
        var count = (int)Libc.Read(pipe, buffer, 512);
        for (var i = 0; i < count; i++)
        {
            if (buffer[i] != '\n')
            {
                _line.Add(buffer[i]);
                continue;
            }

            Parse([.. _line]);
            _line.Clear();
        }

        return count > 0;
    }

    public void Dispose() => pipe.Dispose();

    private void Parse(byte[] line)
    {
        using var document = JsonDocument.Parse(line);
        foreach (var property in document.RootElement.EnumerateObject())
        {
            switch (property.Name)
            {
                case "child-pid":
                    ChildPid = property.Value.GetInt32();
                    break;
                case "pid-namespace":
                    PidNamespace = property.Value.GetInt64();
                    break;
                case "net-namespace":
                    NetworkNamespace = property.Value.GetInt64();
                    break;
                case "exit-code":
                    ExitCode = property.Value.GetInt32();
                    break;
            }
        }
    }
}
