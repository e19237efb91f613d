// Stands in for Node's modules, which a browser does not have.
export default {};
