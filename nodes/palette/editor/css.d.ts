/** Style sheets come into a script as texts. */
declare module '*.css' {
  const text: string;
  export default text;
}
