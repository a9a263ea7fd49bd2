using System.Runtime.CompilerServices;

namespace FlexCore.Plugins;

/// <summary>
/// A thread of its own for what carries data at full speed: <c>await NamedThread.SwitchTo("…")</c> goes on there, until the next
/// await that really waits. Waiting may block such a thread for a moment, never one of the pool's.
/// </summary>
internal static class NamedThread
{
    /// <summary>Goes on in a new thread.</summary>
    public static Switch SwitchTo(string name) => new(name);

    /// <summary>What is awaited.</summary>
    public readonly struct Switch(string name) : ICriticalNotifyCompletion
    {
        /// <summary>Never: the thread is yet to be started.</summary>
        public bool IsCompleted => false;

        public Switch GetAwaiter() => this;

        public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

        public void UnsafeOnCompleted(Action continuation) => new Thread(() => continuation()) { IsBackground = true, Name = name }.UnsafeStart();

        public void GetResult()
        {
            // There is nothing to fail.
        }
    }
}
