using System.Runtime.InteropServices;
using FlexCore.Application.Ports;

namespace FlexCore.Cli;

/// <summary>Turns SIGINT, SIGTERM and SIGHUP into a wish to stop: gently at the first, at once at the second.</summary>
internal sealed class Signals : IDisposable
{
    private readonly CancellationTokenSource _gently = new();
    private readonly CancellationTokenSource _atOnce = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Signals()
    {
        _registrations = [Register(PosixSignal.SIGINT), Register(PosixSignal.SIGTERM), Register(PosixSignal.SIGHUP)];
        Stop = new StopSignal(_gently.Token, _atOnce.Token);
    }

    public StopSignal Stop { get; }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _gently.Dispose();
        _atOnce.Dispose();
    }

    private PosixSignalRegistration Register(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        (_gently.IsCancellationRequested ? _atOnce : _gently).Cancel();
    });
}
